"""Computes how a batch of records changes the view documents (pure).

The projector first loads the documents that `plan_fold` names, and then calls `fold`. It writes the
`Changes` together with the offset in one transaction. Each document is loaded and written once per
batch.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from slipway.contracts.envelope import Recorded
from slipway.reporting.projections.projection import Measures, Projection, View, truncated_to_ms
from slipway.reporting.projections.registry import Projections

Views = dict[str, dict[str, View]]
"""The view documents by collection and id."""
BUCKETS = "buckets"


@dataclass
class Changes:
    """The changes that one batch of records makes to the read models."""

    documents: Views = field(default_factory=lambda: defaultdict(dict))
    buckets: dict[str, dict[str, int]] = field(default_factory=lambda: defaultdict(dict))
    """Bucket id -> dotted counter -> the number to add, never zero."""
    spans: dict[str, tuple[str, datetime]] = field(default_factory=dict)
    """Bucket id -> its span (`minute`, `hour` or `day`) and its beginning."""


def plan_fold(
    projections: Projections, records: Iterable[Recorded]
) -> tuple[Mapping[str, set[str]], list[tuple[Projection, str, Recorded]]]:
    """Returns the document ids to load from each collection, and the steps to pass to `fold`."""
    ids: dict[str, set[str]] = defaultdict(set)
    steps: list[tuple[Projection, str, Recorded]] = []
    for record in records:
        recorded = record.model_copy(update={"time": truncated_to_ms(record.time)})
        for projection in projections.concerning(type(recorded.event)):
            for key in projection.keys(recorded):
                ids[projection.collection].add(key)
                steps.append((projection, key, recorded))
    return ids, steps


def fold(steps: Sequence[tuple[Projection, str, Recorded]], views: Views) -> Changes:
    """Applies all steps to the loaded views and returns the changes."""
    current: dict[tuple[str, str], tuple[Projection, View]] = {}
    for projection, key, recorded in steps:
        document = (projection.collection, key)
        if document in current:
            view = current[document][1]
        else:
            view = views.get(projection.collection, {}).get(key) or {"_id": key}
        current[document] = (projection, projection.project(view, recorded))
    changes = Changes()
    for (collection, key), (projection, after) in current.items():
        record_change(changes, projection, views.get(collection, {}).get(key), after)
    return changes


def record_change(
    changes: Changes, projection: Projection, before: View | None, after: View
) -> None:
    """Adds to `changes` all differences between the view `before` and the view `after`.

    `changes` then contains the new document, its changed rows and the changes of its measures.
    """
    if after is before or len(after) == 1:
        return
    changes.documents[projection.collection][after["_id"]] = after
    old = {row["_id"]: row for _, row in projection.rows(before)} if before else {}
    for collection, row in projection.rows(after):
        if old.get(row["_id"]) != row:
            changes.documents[collection][row["_id"]] = row
    _difference(changes, projection.measures(before) if before else {}, projection.measures(after))


def _difference(changes: Changes, before: Measures, after: Measures) -> None:
    if before == after:
        return
    for key in before.keys() | after.keys():
        number = after.get(key, 0) - before.get(key, 0)
        if number:
            minute, name = key
            add_to_buckets(changes, minute, name, number)


def add_to_buckets(changes: Changes, minute: datetime, name: str, number: int) -> None:
    """Adds the number to the buckets of the minute, its hour and its day.

    KPIs sum hour and day buckets. Only the trend of a new installation reads minute buckets.
    """
    hour = minute.replace(minute=0)
    _add(changes, "minute", minute, name, number)
    _add(changes, "hour", hour, name, number)
    _add(changes, "day", hour.replace(hour=0), name, number)


def _add(changes: Changes, span: str, at: datetime, name: str, number: int) -> None:
    bucket = bucket_id(span, at)
    changes.spans[bucket] = (span, at)
    counters = changes.buckets[bucket]
    counters[name] = counters.get(name, 0) + number
    if not counters[name]:
        del counters[name]


def bucket_id(span: str, at: datetime) -> str:
    return f"{span}/{at:%Y-%m-%dT%H:%M}" if span == "minute" else f"{span}/{at:%Y-%m-%dT%H}"
