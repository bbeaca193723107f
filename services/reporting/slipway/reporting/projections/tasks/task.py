"""One task: a wanted change (create, delete, suspend, resume) and how it ended, if it has.

Every event only notes a moment; the outcome is the earliest moment of all. So it doesn't matter in
which order streams arrive, whether something comes twice, or when the clock was looked at (H10),
and what is stuck decides itself an hour after it fell due (H23).
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import TypedDict

from slipway.reporting.projections.projection import Measures, minute_of, ms_between
from slipway.reporting.projections.sketch import duration


class Course(TypedDict):
    """What has become of a task so far."""

    timed_by: list[int]
    """Whose word the times are: epoch and version of the source, and whether it was confirmed."""
    acts_from: datetime | None
    """Withheld until then; the times count from here at the earliest."""
    confirmed: bool
    """The Vps stream itself has stated the wish."""
    started: bool
    withheld: bool
    """The location only observes (H29): shown as would-do, not counted until it acts."""
    person: bool
    faults: int
    """Met on the way, of the kinds that may pass by themselves."""
    parked_at: datetime | None
    parked_cause: str | None
    proven_at: datetime | None
    overtaken_at: datetime | None
    access_off_at: datetime | None
    state: str
    """`open`, `succeeded`, `failed`, `overtaken`, `withheld`, `moot`."""
    cause: str | None
    decided_at: datetime | None


class Task(Course):
    _id: str
    vps_id: str
    subscription_id: str
    location_id: str
    contact_id: str | None
    plan: str | None
    desired: str
    kind: str
    source: list[int]
    opened_at: datetime
    since: datetime
    """GHL's own time of the start or change; the event's, where GHL gives none."""
    due_at: datetime
    decide_by: datetime
    looked_at: datetime
    """Up to when time has been looked at: the deadline counts once this has passed it."""
    moot: bool
    """Nothing to do: a server that never existed can't be suspended. Not counted."""


_NOTHING_YET: Course = {
    "timed_by": [0, 0, 0],
    "acts_from": None,
    "confirmed": False,
    "started": False,
    "withheld": False,
    "person": False,
    "faults": 0,
    "parked_at": None,
    "parked_cause": None,
    "proven_at": None,
    "overtaken_at": None,
    "access_off_at": None,
    "state": "open",
    "cause": None,
    "decided_at": None,
}


def settled(task: Task, now: datetime) -> Task:
    """The task with its outcome worked out anew, as known at `now` or at an earlier later look."""
    looked_at = max(task["looked_at"], now)
    state, decided_at, cause = _outcome(task, looked_at)
    return {
        **task,
        "looked_at": looked_at,
        "state": state,
        "decided_at": decided_at,
        "cause": cause,
    }


def _outcome(task: Task, now: datetime) -> tuple[str, datetime | None, str | None]:
    if task["moot"]:
        return "moot", None, None
    if task["withheld"]:
        return "withheld", None, None
    moments: list[tuple[datetime, int, str, str | None]] = []
    if task["proven_at"]:
        moments.append((task["proven_at"], 0, "succeeded", None))
    if task["parked_at"]:
        moments.append((task["parked_at"], 1, "failed", task["parked_cause"]))
    if task["overtaken_at"]:
        moments.append((task["overtaken_at"], 2, "overtaken", None))
    if task["decide_by"] <= now:
        moments.append((task["decide_by"], 3, "failed", "overdue"))
    if not moments:
        return "open", None, None
    at, _, state, cause = min(moments, key=lambda moment: moment[:2])
    return state, at, cause


def decides_later(task: Task) -> bool:
    return task["state"] == "open"


def due(task: Task, at: datetime, decided_seconds: float) -> Task:
    return {**task, "due_at": at, "decide_by": at + timedelta(seconds=decided_seconds)}


def measures(tasks: Iterable[Task]) -> Measures:
    """What these tasks add to the buckets of the minutes in which they were decided and proven."""
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
    if state == "overtaken":
        return {f"tasks.overtaken.{kind}": 1}
    counts = {f"tasks.decided.{kind}": 1}
    if state == "failed":
        counts[f"tasks.failed.{kind}"] = 1
        counts[f"tasks.causes.{task['cause'] or 'unknown'}"] = 1
    elif not task["person"]:
        counts[f"tasks.automatic.{kind}"] = 1
    if task["faults"]:
        counts["tasks.faulty"] = 1
        counts["tasks.healed"] = int(state == "succeeded" and not task["person"])
    return counts


def _durations(task: Task) -> Iterable[tuple[datetime, str, datetime]]:
    proven_at = task["proven_at"]
    if task["state"] in {"moot", "withheld", "overtaken"}:
        return
    if proven_at is not None and task["kind"] == "create":
        yield proven_at, "provisioning", task["since"]
    if task["kind"] == "delete":
        if proven_at is not None:
            yield proven_at, "deprovisioning", task["due_at"]
        if off_at := task["access_off_at"] or proven_at:
            yield off_at, "access_off", task["since"]


def opened(  # noqa: PLR0913 - the facts a task begins with, each named at the call
    *,
    id_: str,
    vps_id: str,
    subscription_id: str,
    location_id: str,
    contact_id: str | None,
    plan: str | None,
    desired: str,
    kind: str,
    moot: bool,
    source: list[int],
    at: datetime,
) -> Task:
    """A task just wished for; its times follow with `due`."""
    return Task(
        _id=id_,
        vps_id=vps_id,
        subscription_id=subscription_id,
        location_id=location_id,
        contact_id=contact_id,
        plan=plan,
        desired=desired,
        kind=kind,
        source=source,
        opened_at=at,
        since=at,
        due_at=at,
        decide_by=at,
        looked_at=at,
        moot=moot,
        **_NOTHING_YET,
    )
