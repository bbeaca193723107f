"""Texts about the health of Slipway's processes and of the read models (pure)."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from slipway.reporting.portal.texts.formatting import duration

_STALE_SECONDS = 30.0
"""If the newest event is older, the consumer has stopped. A healthy consumer receives a heartbeat
every few seconds."""
_CAUGHT_UP_SECONDS = 2.0


def stale_seconds(newest: datetime | None, now: datetime) -> float | None:
    """Returns the age of the newest event in seconds, or None if the event is recent.

    An old event shows that the consumer has stopped.
    """
    age = (now - newest).total_seconds() if newest is not None else 0.0
    return age if age > _STALE_SECONDS else None


def backlog(instance: Mapping[str, Any]) -> str:
    """Returns a text about the remaining work: messages, unpublished events, overdue work."""
    parts = []
    if lag := instance.get("lag"):
        parts.append(f"{lag} messages to process")
    for field, text in (
        ("oldest_unpublished_seconds", "unpublished events for"),
        ("oldest_due_seconds", "work overdue by"),
    ):
        seconds = instance.get(field)
        if seconds is not None and seconds >= _CAUGHT_UP_SECONDS:
            parts.append(f"{text} {duration(seconds)}")
    return ", ".join(parts) or "caught up"
