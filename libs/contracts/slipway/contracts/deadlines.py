"""Limits the times of events, so that no sum of a date and a duration overflows (H34)."""

from datetime import UTC, datetime

EARLIEST = datetime(1970, 1, 1, tzinfo=UTC)
LATEST = datetime(2200, 1, 1, tzinfo=UTC)


def within_reach(value: datetime | None) -> datetime | None:
    """Returns the time itself, or the nearest time between 1970 and 2200 if it lies outside."""
    return None if value is None else min(max(value, EARLIEST), LATEST)
