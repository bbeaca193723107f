"""Extracts the appended events from MongoDB's change events (pure). `relay` uses it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from slipway.eventstore.documents import Document

PIPELINE: list[Document] = [
    {
        "$match": {
            "$or": [
                {"operationType": {"$in": ["insert", "invalidate"]}},
                {"updateDescription.updatedFields.version": {"$exists": True}},
            ]
        }
    },
    # Snapshots may be large, and the relay does not read them.
    {"$unset": ["fullDocument.state", "updateDescription.updatedFields.state"]},
]
"""Selects appends only. Leases, reschedules and the archive's `$pull` do not set `version`."""


@dataclass(frozen=True)
class Appended:
    """The events that one append added to a stream, in order."""

    stream: str
    entries: Sequence[Document]
    at: datetime
    """The server's time of the append."""


def appended(change: Document) -> Appended:
    """Returns the events that this change added.

    They are read from the change and not from the document, which may be newer already (H9).
    """
    stream = change["documentKey"]["_id"]
    if change["operationType"] == "insert":
        document = change["fullDocument"]
        return Appended(stream, document["events"], document["appended_at"])
    fields: Document = change["updateDescription"]["updatedFields"]
    return Appended(stream, _pushed(fields), fields["appended_at"])


def _pushed(fields: dict[str, Any]) -> list[Document]:
    """Returns the entries that the append added, in order.

    If the array had entries before, MongoDB reports each new entry as a field such as `events.7`.
    Otherwise it reports the whole array as the field `events`.
    """
    entries: list[Document] = list(fields.get("events", []))
    entries += [value for name, value in fields.items() if name.startswith("events.")]
    return sorted(entries, key=lambda entry: int(entry["version"]))
