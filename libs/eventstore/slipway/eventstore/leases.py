"""Leases by the server's clock, so that no client's clock decides who may work (H25).

Only this module uses update pipelines. They evaluate strings that begin with `$`, so they carry no
data.
"""

import re
from datetime import UTC, datetime
from typing import Any

from slipway.eventstore.documents import Document

_LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)


def lease_end() -> Document:
    """Expression for the end of the lease; long ago if there is none."""
    return {"$ifNull": ["$lease.until", _LONG_AGO]}


def claimable(category: str) -> Document:
    """Matches streams that are due and not leased. Without `$type` a null due time is past."""
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
    """Also ends the lease."""
    return [{"$set": {"due_at": {"$add": ["$$NOW", int(seconds * 1000)]}, "lease": None}}]


def of_earlier_life(category: str, owner: str) -> Document:
    return {
        "category": category,
        "due_at": {"$type": "date"},
        "lease.owner": {"$regex": f"^{re.escape(owner)}#"},
    }


def held_by(stream: str, owner: str) -> dict[str, Any]:
    return {"_id": stream, "lease.owner": owner}
