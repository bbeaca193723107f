"""Runs the projections in memory as the projector does, and adds up the buckets."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from slipway.contracts.envelope import Recorded
from slipway.reporting.kpis.counts import Counts
from slipway.reporting.projections.batch import Changes, fold, plan_fold, record_change
from slipway.reporting.projections.registry import Projections
from slipway.reporting.projections.tasks import projection as tasks


class Folded:
    """Read models in dictionaries."""

    def __init__(self, task_deadline_seconds: float = 3600) -> None:
        self.projections = Projections(task_deadline_seconds)
        self.views: dict[str, dict[str, Any]] = defaultdict(dict)
        self.buckets: dict[str, dict[str, int]] = defaultdict(dict)

    def batch(self, records: Iterable[Recorded]) -> "Folded":
        _, steps = plan_fold(self.projections, records)
        self._take(fold(steps, self.views))
        return self

    def one_by_one(self, records: Iterable[Recorded]) -> "Folded":
        for record in records:
            self.batch([record])
        return self

    def later(self, now: datetime) -> "Folded":
        """Moves the clock to `now` and expires the tasks whose deadline is over."""
        changes = Changes()
        for lifecycle in list(self.views["lifecycles"].values()):
            record_change(
                changes,
                self.projections.tasks,
                lifecycle,
                tasks.with_expired_deadlines(lifecycle, now),
            )
        self._take(changes)
        return self

    def counts(self, span: str = "hour") -> Counts:
        return Counts(_nested(counters) for id_, counters in self.buckets.items() if span in id_)

    def tasks(self) -> list[dict[str, Any]]:
        return sorted(self.views["tasks"].values(), key=lambda task: task["opened_at"])

    def outcomes(self) -> list[tuple[str, str]]:
        return [(task["kind"], task["state"]) for task in self.tasks()]

    def _take(self, changes: Changes) -> None:
        for collection, documents in changes.documents.items():
            self.views[collection].update(documents)
        for id_, counters in changes.buckets.items():
            held = self.buckets[id_]
            for name, number in counters.items():
                held[name] = held.get(name, 0) + number
                if not held[name]:
                    del held[name]
            if not held:
                del self.buckets[id_]


def _nested(counters: dict[str, int]) -> dict[str, Any]:
    tree: dict[str, Any] = {}
    for name, number in counters.items():
        *path, last = name.split(".")
        branch = tree
        for part in path:
            branch = branch.setdefault(part, {})
        branch[last] = number
    return tree
