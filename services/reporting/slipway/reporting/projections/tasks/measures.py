"""Computes what tasks add to the time buckets: outcomes, causes, faults and durations (pure)."""

from collections.abc import Iterable
from datetime import datetime

from slipway.contracts.vps import OperationKind
from slipway.reporting.projections.projection import Measures, minute_of, ms_between
from slipway.reporting.projections.sketch import duration
from slipway.reporting.projections.tasks.task import Task, TaskState


def measures(tasks: Iterable[Task]) -> Measures:
    """Returns the counters of the tasks by minute.

    An outcome and a duration count in the minute in which they ended.
    """
    found: dict[tuple[datetime, str], int] = {}
    for task in tasks:
        if task["decided_at"] is not None:
            minute = minute_of(task["decided_at"])
            for name, number in _counts(task).items():
                found[minute, name] = found.get((minute, name), 0) + number
        for at, name, since in _durations(task):
            for part, number in duration(name, ms_between(since, at)).items():
                key = (minute_of(at), part)
                found[key] = found.get(key, 0) + number
    return found


def _counts(task: Task) -> dict[str, int]:
    kind, state = task["kind"], task["state"]
    if state == TaskState.SUPERSEDED:
        return {f"tasks.superseded.{kind}": 1}
    counts = {f"tasks.decided.{kind}": 1}
    if state == TaskState.FAILED:
        counts[f"tasks.failed.{kind}"] = 1
        counts[f"tasks.causes.{task['cause'] or 'unknown'}"] = 1
    elif not task["manual"]:
        counts[f"tasks.automatic.{kind}"] = 1
    if task["faults"]:
        counts["tasks.faulty"] = 1
        counts["tasks.healed"] = int(state == TaskState.SUCCEEDED and not task["manual"])
    return counts


def _durations(task: Task) -> Iterable[tuple[datetime, str, datetime]]:
    """Yields (end, name, beginning) of each measured duration of the task."""
    proven_at = task["proven_at"]
    if task["state"] in {TaskState.NOT_NEEDED, TaskState.WITHHELD, TaskState.SUPERSEDED}:
        return
    if proven_at is not None and task["kind"] == OperationKind.CREATE:
        yield proven_at, "provisioning", task["since"]
    if task["kind"] == OperationKind.DELETE:
        if proven_at is not None:
            yield proven_at, "deprovisioning", task["due_at"]
        if off_at := task["access_off_at"] or proven_at:
            yield off_at, "access_off", task["since"]
