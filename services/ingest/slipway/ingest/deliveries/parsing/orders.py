"""OrderCreate and OrderStatusUpdate: signed, but without a subscription id, so a search key."""

from slipway.contracts.deliveries import Hint, IgnoreRule
from slipway.ingest.deliveries.parsing.result import Ignore, Look, Outcome, Quarantine
from slipway.ingest.ghl.payload import Payload, first, items, mapping, text


def read(payload: Payload, location: str) -> Outcome:
    order = first(payload, "_id", "id", "orderId")
    contact = first(payload, "contactId") or text(mapping(payload.get("contactSnapshot")).get("id"))
    if order is None and contact is None:
        return Quarantine("the order names neither itself (_id) nor its contact (contactId)")
    if _only_one_time(payload):
        return Ignore(IgnoreRule.NOT_A_SUBSCRIPTION)
    return Look((Hint(location_id=location, order_id=order, contact_id=contact),))


def _only_one_time(payload: Payload) -> bool:
    # Only a clear "one_time" on every item rules a subscription out; anything vague is looked at.
    kinds = [text(mapping(item.get("price")).get("type")) for item in items(payload.get("items"))]
    return bool(kinds) and all(kind == "one_time" for kind in kinds)
