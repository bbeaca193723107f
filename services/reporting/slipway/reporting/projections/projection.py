"""What a projection is: which view documents an event touches, and what they look like after it.

A view is the MongoDB document itself. `seen` holds the last (epoch, version) per source stream, so
a record that comes twice, from a rebuild or from a zombie, changes nothing (H10). All of them are
"newest wins": what isn't newer than seen is ignored; order within a stream is Kafka's promise.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from slipway.contracts.envelope import Message, Recorded

View = dict[str, Any]
_MILLISECOND = timedelta(milliseconds=1)
Measures = Mapping[tuple[datetime, str], int]
"""(minute, dotted name) -> whole number. A view's share in the time buckets, given back exactly
when the view changes: only the difference is added."""
Row = tuple[str, View]
"""(collection, document) kept beside a view for listing."""


def measures_nothing(_view: View) -> Measures:
    return {}


def no_rows(_view: View) -> Iterable[Row]:
    return ()


@dataclass(frozen=True)
class Projection:
    """One question. `handles` limits it to the events it wants, by class."""

    collection: str
    handles: tuple[type[Message], ...]
    keys: Callable[[Recorded], tuple[str, ...]]
    project: Callable[[View, Recorded], View]
    """Takes `{"_id": key}` for a document that isn't there yet; returns a new one, or the same
    object when nothing changed."""
    measures: Callable[[View], Measures] = measures_nothing
    rows: Callable[[View], Iterable[Row]] = no_rows


def is_news(view: View, recorded: Recorded) -> bool:
    last = view.get("seen", {}).get(recorded.stream)
    return last is None or tuple(last) < (recorded.epoch, recorded.version)


def seen(view: View, recorded: Recorded) -> dict[str, list[int]]:
    """The `seen` map with this record noted."""
    return {**view.get("seen", {}), recorded.stream: [recorded.epoch, recorded.version]}


def whole_ms(at: datetime) -> datetime:
    """MongoDB keeps milliseconds: cut off the rest first, or a reloaded view would measure anew."""
    return at.replace(microsecond=at.microsecond // 1000 * 1000)


def ms_between(since: datetime, until: datetime) -> int:
    return int((whole_ms(until) - whole_ms(since)) / _MILLISECOND)


def minute_of(at: datetime) -> datetime:
    return at.replace(second=0, microsecond=0)
