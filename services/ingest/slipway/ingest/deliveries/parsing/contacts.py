"""Parses contact events. A tag that contains `vps` leads to a lookup of the contact.

Agencies set such tags in their workflows.
"""

from slipway.contracts.deliveries import Hint, IgnoreRule
from slipway.ingest.deliveries.parsing.result import (
    Lookup,
    NothingToDo,
    ParsingResult,
    Unreadable,
)
from slipway.ingest.ghl.payload import Payload, first, text


def parse_tag_update(payload: Payload, location: str) -> ParsingResult:
    tags = payload.get("tags")
    words = tags if isinstance(tags, list) else str(tags or "").split(",")
    if not any("vps" in (text(word) or "").lower() for word in words):
        return NothingToDo(IgnoreRule.NO_VPS_TAG)
    contact = first(payload, "id", "contactId", "_id")
    if contact is None:
        return Unreadable("the contact event names no contact (id)")
    return Lookup((Hint(location_id=location, contact_id=contact),))
