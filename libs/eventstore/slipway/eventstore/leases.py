"""Queries and updates for leases.

They use the clock of the database server, so that no client's clock decides who may work (H25).
Only this module uses update pipelines. Pipelines evaluate strings that begin with `$`, so these
contain no data of events.
"""

import re
from datetime import UTC, datetime
from typing import Any

from slipway.eventstore.documents import Document

_LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)


def lease_end() -> Document:
    """Returns an expression for the end of the lease. It is 1970 if there is no lease."""
    return {"$ifNull": ["$lease.until", _LONG_AGO]}


def claimable(category: str) -> Document:
    """Returns a query for streams that are due and not leased.

    `$type` excludes a due time of null, which would count as past.
    """
    return {
        "category": category,
        "due_at": {"$type": "date"},
        "$expr": {
            "$and": [
                {"$lte": ["$due_at", "$$NOW"]},
                {"$lt": [lease_end(), "$$NOW"]},
            ]
        },
    }


def take(owner: str, lease_seconds: float) -> list[Document]:
    until = {"$add": ["$$NOW", int(lease_seconds * 1000)]}
    return [{"$set": {"lease": {"owner": {"$literal": owner}, "until": until}}}]


def due_in(seconds: float) -> list[Document]:
    """Returns an update that makes the stream due in `seconds` and ends its lease."""
    return [{"$set": {"due_at": {"$add": ["$$NOW", int(seconds * 1000)]}, "lease": None}}]


def of_earlier_life(category: str, owner: str) -> Document:
    return {
        "category": category,
        "due_at": {"$type": "date"},
        "lease.owner": {"$regex": f"^{re.escape(owner)}#"},
    }


def held_by(stream: str, owner: str) -> dict[str, Any]:
    return {"_id": stream, "lease.owner": owner}
