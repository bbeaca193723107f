"""Parses signed marketplace events. The event's `type` decides which parser is used."""

from slipway.contracts.deliveries import IgnoreRule
from slipway.ingest.deliveries.parsing.contacts import parse_tag_update
from slipway.ingest.deliveries.parsing.invoices import has_invoice_fields, parse_invoice
from slipway.ingest.deliveries.parsing.orders import parse_order
from slipway.ingest.deliveries.parsing.result import NothingToDo, ParsingResult, Unreadable
from slipway.ingest.ghl.payload import Payload, first, text

PUSH_ONLY = frozenset(
    {
        "INSTALL",
        "UNINSTALL",
        "UPDATE",
        "PLAN_CHANGE",
        "APP_PAYMENT_STATUS",
        "LocationCreate",
        "LocationUpdate",
        "SaasPlanCreate",
    }
)
"""Events of paid apps and SaaS mode. No API shows their data. They are kept for a replay."""


def location_of_event(payload: Payload) -> str | None:
    if text(payload.get("type")) in {"LocationCreate", "LocationUpdate"}:
        return first(payload, "id", "locationId")
    return first(payload, "locationId", "altId")


def parse_signed_event(payload: Payload, location: str | None) -> ParsingResult:
    kind = text(payload.get("type")) or ""
    if kind in PUSH_ONLY:
        return NothingToDo(IgnoreRule.PATH_NOT_ENABLED)
    is_order = kind in {"OrderCreate", "OrderStatusUpdate"}
    is_invoice = kind.startswith("Invoice") or (not kind and has_invoice_fields(payload))
    if not (is_order or is_invoice or kind == "ContactTagUpdate"):
        return NothingToDo(IgnoreRule.EVENT_NOT_USED)
    if location is None:
        return Unreadable("the event names no location (locationId or altId)")
    if is_order:
        return parse_order(payload, location)
    if is_invoice:
        return parse_invoice(payload, location)
    return parse_tag_update(payload, location)
