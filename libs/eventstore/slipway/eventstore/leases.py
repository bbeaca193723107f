"""Leases by the server's clock: nobody's own clock decides who may work (H25). `mongo` uses it.

Pipelines are used here alone: they evaluate strings that begin with `$`, so they never carry data.
"""

import re
from datetime import UTC, datetime
from typing import Any

from slipway.eventstore.documents import Document

_LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)


def lease_end() -> Document:
    """When the lease ends; long ago where there is none."""
    return {"$ifNull": ["$lease.until", _LONG_AGO]}


def claimable(category: str) -> Document:
    """Due and not leased. `$type` matters: without it a null due time counts as past."""
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
    """And nobody's until then."""
    return [{"$set": {"due_at": {"$add": ["$$NOW", int(seconds * 1000)]}, "lease": None}}]


def of_earlier_life(category: str, owner: str) -> Document:
    return {
        "category": category,
        "due_at": {"$type": "date"},
        "lease.owner": {"$regex": f"^{re.escape(owner)}#"},
    }


def held_by(stream: str, owner: str) -> dict[str, Any]:
    return {"_id": stream, "lease.owner": owner}
