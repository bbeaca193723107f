"""Parses OrderCreate and OrderStatusUpdate: signed events with an order but no subscription."""

from slipway.contracts.deliveries import Hint, IgnoreRule
from slipway.ingest.deliveries.parsing.result import (
    Lookup,
    NothingToDo,
    ParsingResult,
    Unreadable,
)
from slipway.ingest.ghl.payload import Payload, first, items, mapping, text


def parse_order(payload: Payload, location: str) -> ParsingResult:
    order = first(payload, "_id", "id", "orderId")
    contact = first(payload, "contactId") or text(mapping(payload.get("contactSnapshot")).get("id"))
    if order is None and contact is None:
        return Unreadable("the order names neither itself (_id) nor its contact (contactId)")
    if _is_one_time_purchase(payload):
        return NothingToDo(IgnoreRule.NOT_A_SUBSCRIPTION)
    return Lookup((Hint(location_id=location, order_id=order, contact_id=contact),))


def _is_one_time_purchase(payload: Payload) -> bool:
    # Only "one_time" on every item excludes a subscription. An unclear order is looked up.
    kinds = [text(mapping(item.get("price")).get("type")) for item in items(payload.get("items"))]
    return bool(kinds) and all(kind == "one_time" for kind in kinds)
