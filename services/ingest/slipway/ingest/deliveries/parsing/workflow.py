"""Unsigned workflow calls: flat contact fields, a location, and whatever customData was mapped.

Neither an id nor a time comes with them, and merge fields may stay unrendered; what they claim is
believed only once the API shows it.
"""

from slipway.contracts.deliveries import Hint
from slipway.ingest.deliveries.parsing.result import Look, Outcome, Quarantine
from slipway.ingest.ghl.payload import Payload, first, items, mapping, text
from slipway.ingest.ghl.status import StatusClass, classify


def location_in(payload: Payload) -> str | None:
    custom = mapping(payload.get("customData"))
    return (
        text(mapping(payload.get("location")).get("id"))
        or first(custom, "location_id", "locationId")
        or first(payload, "location_id", "locationId")
    )


def read(payload: Payload, location: str) -> Outcome:
    custom = mapping(payload.get("customData"))
    subscription = _subscription(payload, custom)
    contact = (
        first(custom, "contact_id", "contactId")
        or first(payload, "contact_id", "contactId")
        or text(mapping(mapping(payload.get("payment")).get("customer")).get("id"))
    )
    orders = _orders(payload, custom)
    if not (subscription or contact or orders):
        return Quarantine(
            "the workflow call names no subscription_id, order_id or contact_id; "
            "map one of them in the action's custom data"
        )
    return Look(
        tuple(
            Hint(
                location_id=location,
                subscription_id=subscription,
                order_id=order,
                contact_id=contact,
                claimed_status=_claim(payload, custom),
            )
            for order in orders or (None,)
        )
    )


def _subscription(payload: Payload, custom: Payload) -> str | None:
    named = (
        first(custom, "subscription_id", "subscriptionId")
        or first(payload, "subscription_id", "subscriptionId")
        or first(mapping(payload.get("subscription")), "_id", "id")
    )
    # `sub_…` is the payment provider's id; GHL's API finds a subscription under its `_id` only.
    return None if named is None or named.startswith("sub_") else named


def _orders(payload: Payload, custom: Payload) -> tuple[str, ...]:
    named = first(custom, "order_id", "orderId") or first(payload, "order_id", "orderId")
    if named:
        return (named,)
    lines = items(mapping(payload.get("payment")).get("line_items"))
    found = (text(mapping(line.get("meta")).get("order_id")) for line in lines)
    return tuple(dict.fromkeys(order for order in found if order))


def _claim(payload: Payload, custom: Payload) -> str | None:
    """The status the caller says it reached: `status`, or the end of `subscription.canceled`."""
    status = first(custom, "status") or first(mapping(payload.get("subscription")), "status")
    if status is None:
        event = first(custom, "event") or first(payload, "event") or ""
        subject, _, status = event.rpartition(".")
        if subject.lower() != "subscription":
            return None
    return status if classify(status) is not StatusClass.UNKNOWN else None
