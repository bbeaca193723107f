"""The default location and its prices: three VPS plans, a coaching, and a price without a plan."""

from slipway.simulators.ghl.records.entities import Location, Price

DEMO_LOCATION = Location(
    id="locDEMOvps0000000001",
    name="Example Hosting",
    company_id="compDEMOagency000001",
    token="pit-demo-0000-4000-8000-000000000001",  # noqa: S106 - a made-up token of a simulator
)

PRICES = (
    Price("price_vps_small", "Small monthly", "prod_vps", "VPS", 24, plan="small"),
    Price("price_vps_medium", "Medium monthly", "prod_vps", "VPS", 48, plan="medium"),
    Price("price_vps_large", "Large monthly", "prod_vps", "VPS", 96, plan="large"),
    Price("price_coaching", "Coaching monthly", "prod_coaching", "Coaching", 150),
    # Slipway has no plan for this price. A purchase must raise an incident (H30).
    Price("price_mystery", "Mystery box monthly", "prod_mystery", "Mystery box", 12),
)
