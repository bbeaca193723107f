"""Parses workflow calls: contact fields, a location, and custom data that the agency mapped.

These calls have no signature, id or time. Instead of a value, a field may contain a template such
as `{{contact.id}}`. A status that a call claims is trusted only after the API shows it.
"""

from slipway.contracts.deliveries import Hint
from slipway.ingest.deliveries.parsing.result import Lookup, ParsingResult, Unreadable
from slipway.ingest.ghl.payload import Payload, first, items, mapping, text
from slipway.ingest.ghl.status import StatusClass, classify


def location_of_call(payload: Payload) -> str | None:
    custom = mapping(payload.get("customData"))
    return (
        text(mapping(payload.get("location")).get("id"))
        or first(custom, "location_id", "locationId")
        or first(payload, "location_id", "locationId")
    )


def parse_workflow_call(payload: Payload, location: str | None) -> ParsingResult:
    if location is None:
        return Unreadable(
            "the workflow call names no location (location.id); map location_id in its custom data"
        )
    custom = mapping(payload.get("customData"))
    subscription = _subscription(payload, custom)
    contact = (
        first(custom, "contact_id", "contactId")
        or first(payload, "contact_id", "contactId")
        or text(mapping(mapping(payload.get("payment")).get("customer")).get("id"))
    )
    orders = _orders(payload, custom)
    if not (subscription or contact or orders):
        return Unreadable(
            "the workflow call names no subscription_id, order_id or contact_id; "
            "map one of them in the action's custom data"
        )
    return Lookup(
        tuple(
            Hint(
                location_id=location,
                subscription_id=subscription,
                order_id=order,
                contact_id=contact,
                claimed_status=_claimed_status(payload, custom),
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
    # `sub_…` is the payment provider's id; GHL's API finds a subscription only by its `_id`.
    return None if named is None or named.startswith("sub_") else named


def _orders(payload: Payload, custom: Payload) -> tuple[str, ...]:
    named = first(custom, "order_id", "orderId") or first(payload, "order_id", "orderId")
    if named:
        return (named,)
    lines = items(mapping(payload.get("payment")).get("line_items"))
    found = (text(mapping(line.get("meta")).get("order_id")) for line in lines)
    return tuple(dict.fromkeys(order for order in found if order))


def _claimed_status(payload: Payload, custom: Payload) -> str | None:
    """Returns `status`, or the last part of an event name such as `subscription.canceled`.

    Returns None if the status is unknown.
    """
    status = first(custom, "status") or first(mapping(payload.get("subscription")), "status")
    if status is None:
        event = first(custom, "event") or first(payload, "event") or ""
        subject, _, status = event.rpartition(".")
        if subject.lower() != "subscription":
            return None
    return status if classify(status) is not StatusClass.UNKNOWN else None
