"""The type `Projection`: it names the documents that an event changes, and computes their content.

Such a document is a view. Its field `seen` stores the last (epoch, version) of each source stream.
So a repeated record, for example after a rebuild or from a stale process, changes nothing (H10).
Kafka guarantees that the records of one stream arrive in sequence.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from slipway.contracts.envelope import Message, Recorded

View = dict[str, Any]
_MILLISECOND = timedelta(milliseconds=1)
Measures = Mapping[tuple[datetime, str], int]
"""The numbers that a view adds to the time buckets, by (minute, dotted name of the counter).

When the view changes, only the difference to its previous measures is added.
"""
Row = tuple[str, View]
"""A part of a view that is stored in another collection, as (collection, document)."""


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
    """Returns the new value of the view's field `seen`, which includes this record."""
    return {**view.get("seen", {}), recorded.stream: [recorded.epoch, recorded.version]}


def truncated_to_ms(at: datetime) -> datetime:
    """Returns the time with the precision of MongoDB, which is milliseconds.

    MongoDB drops microseconds. Without this function, the measures of a view would change when the
    view is stored and loaded again.
    """
    return at.replace(microsecond=at.microsecond // 1000 * 1000)


def ms_between(since: datetime, until: datetime) -> int:
    return int((truncated_to_ms(until) - truncated_to_ms(since)) / _MILLISECOND)


def minute_of(at: datetime) -> datetime:
    return at.replace(second=0, microsecond=0)
