"""Builders of GHL's records as the API shows them. The default is an active small VPS."""

from datetime import UTC, datetime
from typing import Any

from slipway.contracts.subscriptions import Entitlement
from slipway.ingest.subscriptions.assessment import Assessment, assess
from slipway.ingest.subscriptions.plans import Plans, parse_plans

LOCATION = "locTESTvps00000000001"
SUBSCRIPTION = "68d0000000000000000000b1"
ORDER = "68d0000000000000000000a1"
CONTACT = "conTESTcust0000000001"
NOW = datetime(2026, 10, 5, 9, 20, tzinfo=UTC)

PLANS = parse_plans(
    """
prices:
  price_small: small
  price_medium: medium
plans:
  small: {grace: 3d, hold: 7d, trial: true, test: false}
  medium: {grace: 0, hold: 0, trial: false, test: true}
not_vps: [price_coaching]
"""
)


def record(**changes: Any) -> dict[str, Any]:
    """`GET /payments/subscriptions/{id}`."""
    return {
        "_id": SUBSCRIPTION,
        "altId": LOCATION,
        "altType": "location",
        "contactId": CONTACT,
        "currency": "USD",
        "amount": 24,
        "status": "active",
        "liveMode": True,
        "entityType": "order",
        "entityId": ORDER,
        "subscriptionSnapshot": {"id": "sub_TEST0001", "status": "active"},
        "createdAt": "2026-10-05T09:15:25.000Z",
        "updatedAt": "2026-10-05T09:15:30.000Z",
        "markAsTest": False,
        "recurringProduct": {"locationId": LOCATION, "name": "VPS"},
        "canceledAt": None,
    } | changes


def item(
    price: str = "price_small", qty: Any = 1, name: str = "VPS", **changes: Any
) -> dict[str, Any]:
    return {
        "name": f"{name} - {price}",
        "qty": qty,
        "product": {"_id": f"prod_{name}", "name": name},
        "price": {"_id": price, "name": price, "type": "recurring"},
    } | changes


def order(*items: Any, **changes: Any) -> dict[str, Any]:
    """`GET /payments/orders/{id}`."""
    return {
        "_id": ORDER,
        "altId": LOCATION,
        "altType": "location",
        "contactId": CONTACT,
        "status": "completed",
        "items": list(items) or [item()],
    } | changes


def assessed(
    record_: dict[str, Any] | None = None,
    order_: dict[str, Any] | None = None,
    *,
    plans: Plans = PLANS,
    previous: Entitlement | None = None,
    now: datetime = NOW,
) -> Assessment:
    return assess(record_ or record(), order_ or order(), plans, previous, now)
