"""The definition of a projection: the view documents an event changes, and their new content.

A view is the MongoDB document itself. Its field `seen` holds the last (epoch, version) of each
source stream, so a record that comes again, after a rebuild or from a stale process, changes
nothing (H10). Records of one stream arrive in order, which Kafka guarantees.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from slipway.contracts.envelope import Message, Recorded

View = dict[str, Any]
_MILLISECOND = timedelta(milliseconds=1)
Measures = Mapping[tuple[datetime, str], int]
"""What a view adds to the time buckets: (minute, dotted counter) -> whole number.

When the view changes, only the difference to its previous measures is added.
"""
Row = tuple[str, View]
"""A document of another collection that lists a part of the view: (collection, document)."""


def measures_nothing(_view: View) -> Measures:
    return {}


def no_rows(_view: View) -> Iterable[Row]:
    return ()


@dataclass(frozen=True)
class Projection:
    collection: str
    handles: tuple[type[Message], ...]
    """The event classes that this projection needs, including their subclasses."""
    keys: Callable[[Recorded], tuple[str, ...]]
    """Returns the ids of the documents that the event changes."""
    project: Callable[[View, Recorded], View]
    """Returns the new view, or the same object if nothing changed.

    For a missing document it receives `{"_id": key}`.
    """
    measures: Callable[[View], Measures] = measures_nothing
    rows: Callable[[View], Iterable[Row]] = no_rows


def is_newer(view: View, recorded: Recorded) -> bool:
    last = view.get("seen", {}).get(recorded.stream)
    return last is None or tuple(last) < (recorded.epoch, recorded.version)


def mark_seen(view: View, recorded: Recorded) -> dict[str, list[int]]:
    """Returns the view's `seen` field including this record."""
    return {**view.get("seen", {}), recorded.stream: [recorded.epoch, recorded.version]}


def truncated_to_ms(at: datetime) -> datetime:
    """Returns the time as MongoDB stores it.

    Without this, a view would have other measures after it was loaded again.
    """
    return at.replace(microsecond=at.microsecond // 1000 * 1000)


def ms_between(since: datetime, until: datetime) -> int:
    return int((truncated_to_ms(until) - truncated_to_ms(since)) / _MILLISECOND)


def minute_of(at: datetime) -> datetime:
    return at.replace(second=0, microsecond=0)
