"""Parses invoice events. They are signed, but name only a contact and may lack a `type`."""

from slipway.contracts.deliveries import Hint, IgnoreRule
from slipway.ingest.deliveries.parsing.result import (
    Lookup,
    NothingToDo,
    ParsingResult,
    Unreadable,
)
from slipway.ingest.ghl.payload import Payload, first, mapping, text

SETTLED_STATUSES = frozenset({"paid", "partially_paid", "void"})
"""Statuses that may mean a change of the subscription. Drafts and reminders never do."""


def has_invoice_fields(payload: Payload) -> bool:
    """Returns whether the fields are those of an invoice, because GHL may omit the `type`."""
    return "invoiceNumber" in payload or "invoiceItems" in payload


def parse_invoice(payload: Payload, location: str) -> ParsingResult:
    status = text(payload.get("status"))
    if status is None or status.lower() not in SETTLED_STATUSES:
        return NothingToDo(IgnoreRule.INVOICE_NOT_SETTLED)
    contact = first(mapping(payload.get("contactDetails")), "id", "contactId")
    if contact is None:
        return Unreadable("the invoice names no contact (contactDetails.id)")
    return Lookup((Hint(location_id=location, contact_id=contact),))
