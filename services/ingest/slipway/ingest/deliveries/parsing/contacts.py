"""Contact events. Only a tag about a VPS is worth a look: agencies let workflows set such tags."""

from slipway.contracts.deliveries import Hint, IgnoreRule
from slipway.ingest.deliveries.parsing.result import Ignore, Look, Outcome, Quarantine
from slipway.ingest.ghl.payload import Payload, first, text


def read_tags(payload: Payload, location: str) -> Outcome:
    tags = payload.get("tags")
    words = tags if isinstance(tags, list) else str(tags or "").split(",")
    if not any("vps" in (text(word) or "").lower() for word in words):
        return Ignore(IgnoreRule.NO_VPS_TAG)
    contact = first(payload, "id", "contactId", "_id")
    if contact is None:
        return Quarantine("the contact event names no contact (id)")
    return Look((Hint(location_id=location, contact_id=contact),))
