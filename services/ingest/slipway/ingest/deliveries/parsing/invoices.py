"""Invoice events: signed, name a contact only; the documents don't even show their `type`."""

from slipway.contracts.deliveries import Hint, IgnoreRule
from slipway.ingest.deliveries.parsing.result import Ignore, Look, Outcome, Quarantine
from slipway.ingest.ghl.payload import Payload, first, mapping, text

SETTLED = frozenset({"paid", "partially_paid", "void"})
"""What may go with a change of the subscription; drafts and reminders never do."""


def looks_like_one(payload: Payload) -> bool:
    """By shape, because the wire may carry no `type` for invoices."""
    return "invoiceNumber" in payload or "invoiceItems" in payload


def read(payload: Payload, location: str) -> Outcome:
    status = text(payload.get("status"))
    if status is None or status.lower() not in SETTLED:
        return Ignore(IgnoreRule.INVOICE_NOT_SETTLED)
    contact = first(mapping(payload.get("contactDetails")), "id", "contactId")
    if contact is None:
        return Quarantine("the invoice names no contact (contactDetails.id)")
    return Look((Hint(location_id=location, contact_id=contact),))
