"""One task: a desired change (create, delete, suspend or resume) and its outcome.

Each event only records a time in the task, and the earliest of these times determines the outcome.
So the outcome does not depend on the sequence of the streams, on repeated records, or on the time
of a check (H10). A stuck task fails at its deadline, without any event (H23).
"""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import TypedDict

from slipway.contracts.vps import Desired, FaultKind, OperationKind


class TaskState(StrEnum):
    OPEN = "open"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    SUPERSEDED = "superseded"
    """Another change was desired before this one was done."""
    WITHHELD = "withheld"
    """The location is in observe mode (H29). The task counts once the location is in mode `act`."""
    NOT_NEEDED = "not_needed"
    """The VPS already is in the desired state, for example absent. The task does not count."""


class FailureCause(StrEnum):
    """A cause of failure that is not a fault at the provider."""

    OVERDUE = "overdue"
    PLAN_UNMAPPED = "plan-unmapped"


Cause = FaultKind | FailureCause


class Course(TypedDict):
    """The fields of a task that later events change."""

    times_from: list[int]
    """The origin of `since` and `due_at`: epoch and version of the entitlement, then 1 if the Vps
    stream confirmed the change, else 0. A change with a lower origin does not set these times."""
    counts_from: datetime | None
    """The time when the location switched to mode `act`. The task is not measured before it."""
    confirmed: bool
    """Whether the Vps stream has confirmed the desired change."""
    started: bool
    withheld: bool
    manual: bool
    """Whether an operator or admin contributed."""
    faults: int
    """The number of temporary faults, which can end without an operator."""
    parked_at: datetime | None
    parked_cause: Cause | None
    proven_at: datetime | None
    superseded_at: datetime | None
    access_off_at: datetime | None
    state: TaskState
    cause: Cause | None
    decided_at: datetime | None
    """The time of the outcome."""


class Task(Course):
    _id: str
    vps_id: str
    subscription_id: str
    location_id: str
    contact_id: str | None
    plan: str | None
    desired: Desired | None
    kind: OperationKind
    source: list[int]
    """Epoch and version of the entitlement that caused the change. They sort the VPS's tasks."""
    opened_at: datetime
    since: datetime
    """The time of the start or change, as GHL states it, else the time of the event."""
    due_at: datetime
    deadline: datetime
    checked_at: datetime
    """The time of the last check. The task fails at the first check after its deadline."""
    not_needed: bool


_NO_COURSE: Course = {
    "times_from": [0, 0, 0],
    "counts_from": None,
    "confirmed": False,
    "started": False,
    "withheld": False,
    "manual": False,
    "faults": 0,
    "parked_at": None,
    "parked_cause": None,
    "proven_at": None,
    "superseded_at": None,
    "access_off_at": None,
    "state": TaskState.OPEN,
    "cause": None,
    "decided_at": None,
}


class Change(TypedDict):
    """The fields of a new task that the desired change determines."""

    vps_id: str
    subscription_id: str
    location_id: str
    contact_id: str | None
    plan: str | None
    desired: Desired | None
    kind: OperationKind
    not_needed: bool
    source: list[int]


def new_task(id_: str, change: Change, at: datetime) -> Task:
    """Returns a new task. The caller sets its due date and deadline with `with_due_date`."""
    return {
        "_id": id_,
        **change,
        "opened_at": at,
        "since": at,
        "due_at": at,
        "deadline": at,
        "checked_at": at,
        **_NO_COURSE,
    }


def with_due_date(task: Task, at: datetime, task_deadline_seconds: float) -> Task:
    return {**task, "due_at": at, "deadline": at + timedelta(seconds=task_deadline_seconds)}


def with_outcome(task: Task, now: datetime) -> Task:
    """Returns the task with the outcome that it has at `now`.

    If the task was last checked later than `now`, the time of that check is used.
    """
    checked_at = max(task["checked_at"], now)
    state, decided_at, cause = _outcome(task, checked_at)
    return {
        **task,
        "checked_at": checked_at,
        "state": state,
        "decided_at": decided_at,
        "cause": cause,
    }


def _outcome(task: Task, now: datetime) -> tuple[TaskState, datetime | None, Cause | None]:
    if task["not_needed"]:
        return TaskState.NOT_NEEDED, None, None
    if task["withheld"]:
        return TaskState.WITHHELD, None, None
    moments: list[tuple[datetime, int, TaskState, Cause | None]] = []
    if task["proven_at"]:
        moments.append((task["proven_at"], 0, TaskState.SUCCEEDED, None))
    if task["parked_at"]:
        moments.append((task["parked_at"], 1, TaskState.FAILED, task["parked_cause"]))
    if task["superseded_at"]:
        moments.append((task["superseded_at"], 2, TaskState.SUPERSEDED, None))
    if task["deadline"] <= now:
        moments.append((task["deadline"], 3, TaskState.FAILED, FailureCause.OVERDUE))
    if not moments:
        return TaskState.OPEN, None, None
    at, _, state, cause = min(moments, key=lambda moment: moment[:2])
    return state, at, cause
