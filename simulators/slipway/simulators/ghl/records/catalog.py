"""The default world: one location that sells three sizes of VPS, a coaching, and a mystery."""

from slipway.simulators.ghl.records.entities import Location, Price

DEMO_LOCATION = Location(
    id="locDEMOvps0000000001",
    name="Example Hosting",
    company_id="compDEMOagency000001",
    token="pit-demo-0000-4000-8000-000000000001",  # noqa: S106  a simulator's own, made up
)

PRICES = (
    Price("price_vps_small", "Small monthly", "prod_vps", "VPS", 24, plan="small"),
    Price("price_vps_medium", "Medium monthly", "prod_vps", "VPS", 48, plan="medium"),
    Price("price_vps_large", "Large monthly", "prod_vps", "VPS", 96, plan="large"),
    Price("price_coaching", "Coaching monthly", "prod_coaching", "Coaching", 150),
    # Nobody told Slipway what this one means: paid, and not to be passed over in silence (H30).
    Price("price_mystery", "Mystery box monthly", "prod_mystery", "Mystery box", 12),
)
