"""Opens, confirms and supersedes tasks when the desired state of a VPS changes (pure).

The entitlement opens the task. So the task exists, and fails at its deadline, even if the
provisioner never reacts (H23). The event `DesiredStateChanged` of the Vps stream later confirms the
task with exact times. Both events contain the version of the entitlement, and the tasks of a VPS
are sorted by this version. So it does not matter which of the two topics is read first.
"""

from itertools import pairwise

from slipway.contracts.vps import Desired, OperationKind
from slipway.reporting.projections.projection import truncated_to_ms
from slipway.reporting.projections.tasks.lifecycle import (
    NOTHING_KNOWN,
    DesiredChange,
    KnownFacts,
    Lifecycle,
    known_facts,
    tasks_in_order,
)
from slipway.reporting.projections.tasks.task import Task, new_task, with_due_date, with_outcome


def apply_change(lifecycle: Lifecycle, change: DesiredChange) -> None:
    """Opens or updates the task of this change, and supersedes the earlier tasks of the VPS."""
    lifecycle.facts.setdefault(change.vps_id, NOTHING_KNOWN)
    task = _existing_task(lifecycle, change) or _new_task(lifecycle, change)
    if change.confirmed and not (task["started"] or task["proven_at"]):
        kind, not_needed = _classify(change.desired, known_facts(lifecycle, change.vps_id))
        task = {**task, "kind": kind, "not_needed": not_needed}
        if kind == OperationKind.DELETE and known_facts(lifecycle, change.vps_id)["off"]:
            # The server was suspended before, so access was already off.
            task["access_off_at"] = task["access_off_at"] or change.at
    lifecycle.tasks[task["_id"]] = {
        **_with_times(lifecycle, task, change),
        "opened_at": min(task["opened_at"], change.at),
        "source": min(task["source"], list(change.source)),
        "confirmed": task["confirmed"] or change.confirmed,
    }
    _supersede(lifecycle, change)


def reclassify(lifecycle: Lifecycle, vps_id: str) -> None:
    """Decides again whether each task of this VPS is a create, resume, suspend or delete.

    Call it after new facts about the server arrived. A task that the provisioner has confirmed,
    started or completed keeps its kind.
    """
    for task in tasks_in_order(lifecycle, vps_id):
        if not (task["confirmed"] or task["started"] or task["proven_at"]):
            kind, not_needed = _classify(task["desired"], known_facts(lifecycle, vps_id))
            revised: Task = {**task, "kind": kind, "not_needed": not_needed}
            lifecycle.tasks[task["_id"]] = with_outcome(revised, task["checked_at"])


def _classify(desired: Desired | None, facts: KnownFacts) -> tuple[OperationKind, bool]:
    """Returns the kind of the task, and True if the VPS already is in the desired state."""
    match desired:
        case Desired.RUNNING:
            if facts["present"]:
                return OperationKind.RESUME, not facts["off"]
            return OperationKind.CREATE, False
        case Desired.SUSPENDED:
            return OperationKind.SUSPEND, not facts["present"] or facts["off"]
        case _:
            return OperationKind.DELETE, not facts["attempted"]


def _existing_task(lifecycle: Lifecycle, change: DesiredChange) -> Task | None:
    """Returns the task that this change belongs to, or None if there is none.

    It has the same desired state. It comes from the same version of the entitlement (`source`), or
    it is the last task before or the first task after that version.
    """
    source, before, after = list(change.source), None, None
    for task in tasks_in_order(lifecycle, change.vps_id):
        if task["source"] == source and task["desired"] == change.desired:
            return task
        if task["source"] <= source:
            before = task
        elif after is None:
            after = task
    for neighbour in (before, after):
        if neighbour is not None and neighbour["desired"] == change.desired:
            return neighbour
    return None


def _new_task(lifecycle: Lifecycle, change: DesiredChange) -> Task:
    kind, not_needed = _classify(change.desired, known_facts(lifecycle, change.vps_id))
    epoch, version = change.source
    return new_task(
        f"{change.vps_id}@{epoch}.{version}/{change.desired}",
        {
            "vps_id": change.vps_id,
            "subscription_id": lifecycle.about["_id"],
            "location_id": lifecycle.about.get("location_id", ""),
            "contact_id": lifecycle.about.get("contact_id"),
            "plan": change.plan,
            "desired": change.desired,
            "kind": kind,
            "not_needed": not_needed,
            "source": [epoch, version],
        },
        change.at,
    )


def _supersede(lifecycle: Lifecycle, change: DesiredChange) -> None:
    """Marks each task as superseded at the time when the next task of the VPS was opened.

    A task that ended earlier keeps its outcome.
    """
    tasks = tasks_in_order(lifecycle, change.vps_id)
    for task, following in pairwise(tasks):
        superseded: Task = {**task, "superseded_at": following["opened_at"]}
        lifecycle.tasks[task["_id"]] = with_outcome(superseded, change.at)


def _with_times(lifecycle: Lifecycle, task: Task, change: DesiredChange) -> Task:
    """Sets the task's times from this change, unless a newer entitlement has already set them."""
    times_from = [*change.source, int(change.confirmed)]
    if times_from < task["times_from"]:
        return with_outcome(task, change.at)
    start = change.started_at if task["kind"] == OperationKind.CREATE else None
    since = truncated_to_ms(start or change.since or task["opened_at"])
    due_at = truncated_to_ms(change.due_at or since)
    if counts_from := task["counts_from"]:
        since, due_at = max(since, counts_from), max(due_at, counts_from)
    timed: Task = {
        **task,
        "since": since,
        "plan": change.plan or task["plan"],
        "times_from": times_from,
    }
    return with_outcome(with_due_date(timed, due_at, lifecycle.task_deadline_seconds), change.at)
