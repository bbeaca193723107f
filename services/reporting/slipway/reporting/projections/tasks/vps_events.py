"""Updates the tasks of a VPS from the events of its Vps stream (pure)."""

from datetime import datetime
from typing import TypedDict, Unpack

from slipway.contracts import vps
from slipway.contracts.envelope import Recorded
from slipway.contracts.vps import Desired, OperationKind, WithheldReason
from slipway.reporting.projections.tasks.desired_changes import apply_change, reclassify
from slipway.reporting.projections.tasks.lifecycle import (
    DesiredChange,
    KnownFacts,
    Lifecycle,
    known_facts,
    stated_task,
)
from slipway.reporting.projections.tasks.task import (
    Task,
    new_task,
    with_due_date,
    with_outcome,
)

_AdminAction = (
    vps.OperationRetried
    | vps.OperationResolvedManually
    | vps.VpsReleased
    | vps.CreationRequested
    | vps.DeletionRequested
    | vps.ServerAdopted
)
_Faulty = vps.AttemptFailed | vps.AttemptOutcomeUnknown | vps.ServerFailed
_Proof = vps.VpsReady | vps.VpsSuspended | vps.VpsResumed | vps.VpsDeleted
_TEMPORARY_FAULTS = {
    vps.FaultKind.TRANSIENT,
    vps.FaultKind.RATE_LIMITED,
    vps.FaultKind.CAPACITY,
    vps.FaultKind.CONFLICT,
    vps.FaultKind.OUTCOME_UNKNOWN,
}
"""Faults that can end without an operator. Other faults, such as a limit, need an operator."""


class _TaskUpdate(TypedDict, total=False):
    started: bool
    not_needed: bool
    withheld: bool
    manual: bool
    kind: OperationKind
    faults: int
    parked_at: datetime
    parked_cause: vps.FaultKind
    proven_at: datetime
    superseded_at: datetime
    access_off_at: datetime


def on_vps_event(  # noqa: C901 - a table of events
    lifecycle: Lifecycle, event: vps.VpsEvent, recorded: Recorded
) -> None:
    lifecycle.about.setdefault("location_id", event.location_id)
    match event:
        case vps.VpsRequested(contact_id=contact_id):
            lifecycle.about["contact_id"] = contact_id or lifecycle.about.get("contact_id")
        case vps.DesiredStateChanged():
            apply_change(lifecycle, _change(event, recorded.time))
        case vps.OperationStarted():
            _on_started(lifecycle, event, recorded.time)
        case vps.OperationWithheld(reason=WithheldReason.OBSERVE):
            _update(lifecycle, stated_task(lifecycle, event.vps_id), recorded.time, withheld=True)
        case vps.OperationSuperseded():
            _on_superseded(lifecycle, event, recorded.time)
        case vps.OperationParked():
            _on_parked(lifecycle, event, recorded.time)
        case vps.VpsReady() | vps.VpsSuspended() | vps.VpsResumed() | vps.VpsDeleted():
            _on_proof(lifecycle, event, recorded.time)
        case vps.VpsIgnored():
            _on_admin_action(lifecycle, event, recorded.time, superseded_at=recorded.time)
        case _ if isinstance(event, _AdminAction):
            _on_admin_action(lifecycle, event, recorded.time)
        case vps.AttemptFailed() | vps.AttemptOutcomeUnknown() | vps.ServerFailed():
            _on_fault(lifecycle, event, recorded.time)
        case _:
            pass  # All other events leave the tasks unchanged.
    reclassify(lifecycle, event.vps_id)


def start_counting(lifecycle: Lifecycle, task: Task, at: datetime) -> Task:
    """Returns the task as no longer withheld, with its duration counted from `at`.

    Call it for a withheld task when it may run, for example after its location switched to mode
    `act`. The time since the purchase does not count, because Slipway only observed then.
    """
    started: Task = {
        **task,
        "withheld": False,
        "counts_from": at,
        "since": max(task["since"], at),
    }
    due_at = max(task["due_at"], at)
    return with_outcome(with_due_date(started, due_at, lifecycle.task_deadline_seconds), at)


def _change(event: vps.DesiredStateChanged, at: datetime) -> DesiredChange:
    due_at = {Desired.SUSPENDED: event.suspend_at, Desired.ABSENT: event.delete_at}
    return DesiredChange(
        vps_id=event.vps_id,
        desired=event.desired,
        source=(event.source.epoch, event.source.version),
        at=at,
        started_at=event.desired_since,
        since=event.desired_since,
        due_at=due_at.get(event.desired),
        plan=event.plan,
        confirmed=True,
    )


def _update(
    lifecycle: Lifecycle, task: Task | None, at: datetime, **update: Unpack[_TaskUpdate]
) -> None:
    if task is not None:
        updated: Task = {**task, **update}
        lifecycle.tasks[task["_id"]] = with_outcome(updated, at)


def _on_admin_action(
    lifecycle: Lifecycle, event: vps.VpsEvent, at: datetime, **update: Unpack[_TaskUpdate]
) -> None:
    """Marks the current task as manual, unless the provider's state already confirmed its result.

    A confirmed task was done automatically, and the admin's action starts a new task.
    """
    task = stated_task(lifecycle, event.vps_id)
    if task is not None and task["proven_at"] is None:
        update["manual"] = True
        _update(lifecycle, task, at, **update)


def _on_started(lifecycle: Lifecycle, event: vps.OperationStarted, at: datetime) -> None:
    facts = known_facts(lifecycle, event.vps_id)
    lifecycle.facts[event.vps_id] = {**facts, "attempted": True}
    task = stated_task(lifecycle, event.vps_id)
    # An announced task may be superseded by an entitlement that the Vps stream has not applied yet.
    if task is None or task["proven_at"] or (task["superseded_at"] and _is_unannounced(task)):
        task = _unannounced_task(lifecycle, event, at)
    if task["withheld"]:
        task = start_counting(lifecycle, task, at)
    # A power-off during the plan's hold after a cancellation is a part of the deletion.
    kind = task["kind"] if task["desired"] == Desired.ABSENT else event.kind
    _update(lifecycle, task, at, started=True, not_needed=False, kind=kind)


def _unannounced_task(lifecycle: Lifecycle, event: vps.OperationStarted, at: datetime) -> Task:
    """Returns a new task for an operation without a desired change, such as a repair."""
    last = stated_task(lifecycle, event.vps_id)
    task = new_task(
        _unannounced_id(event.vps_id, event.operation_id),
        {
            "vps_id": event.vps_id,
            "subscription_id": event.subscription_id,
            "location_id": event.location_id,
            "contact_id": lifecycle.about.get("contact_id"),
            "plan": None,
            "desired": last["desired"] if last else None,
            "kind": event.kind,
            "not_needed": False,
            "source": last["source"] if last else [0, 0],
        },
        at,
    )
    task = with_due_date(task, event.due_from or at, lifecycle.task_deadline_seconds)
    by_admin = event.adopting is not None
    return {**task, "since": task["due_at"], "confirmed": True, "manual": by_admin}


def _on_superseded(lifecycle: Lifecycle, event: vps.OperationSuperseded, at: datetime) -> None:
    """Ends the task of an operation that no desired change announced, such as a refused deletion.

    An announced task ends with the change that supersedes it.
    """
    task = lifecycle.tasks.get(_unannounced_id(event.vps_id, event.operation_id))
    if task is not None and task["proven_at"] is None:
        _update(lifecycle, task, at, superseded_at=at)


def _is_unannounced(task: Task) -> bool:
    return task["_id"].startswith(_unannounced_id(task["vps_id"], ""))


def _unannounced_id(vps_id: str, operation_id: str) -> str:
    return f"{vps_id}/{operation_id}"


def _on_parked(lifecycle: Lifecycle, event: vps.OperationParked, at: datetime) -> None:
    task = stated_task(lifecycle, event.vps_id)
    if task is not None and task["parked_at"] is None:
        _update(lifecycle, task, at, parked_at=at, parked_cause=event.fault.kind)


def _on_proof(lifecycle: Lifecycle, event: _Proof, at: datetime) -> None:
    facts = known_facts(lifecycle, event.vps_id)
    kind, lifecycle.facts[event.vps_id] = _proven(event, facts)
    task = stated_task(lifecycle, event.vps_id)
    if task is None or task["proven_at"] is not None:
        return
    power_off = kind == OperationKind.SUSPEND and task["kind"] == OperationKind.DELETE
    if power_off and task["access_off_at"] is None:
        _update(lifecycle, task, at, access_off_at=at)
    if kind == task["kind"]:
        manual = task["manual"] or event.by_admin
        _update(lifecycle, task, at, proven_at=at, manual=manual)


def _proven(event: _Proof, facts: KnownFacts) -> tuple[OperationKind, KnownFacts]:
    """Returns the kind of operation that the event confirms, and the new facts about the server."""
    match event:
        case vps.VpsReady():
            return OperationKind.CREATE, {"attempted": True, "present": True, "off": False}
        case vps.VpsSuspended():
            return OperationKind.SUSPEND, {**facts, "present": True, "off": True}
        case vps.VpsResumed():
            return OperationKind.RESUME, {**facts, "present": True, "off": False}
        case vps.VpsDeleted():
            return OperationKind.DELETE, {"attempted": False, "present": False, "off": False}


def _on_fault(lifecycle: Lifecycle, event: _Faulty, at: datetime) -> None:
    task = stated_task(lifecycle, event.vps_id)
    temporary = not isinstance(event, vps.AttemptFailed) or event.fault.kind in _TEMPORARY_FAULTS
    if temporary and task is not None and task["proven_at"] is None:
        _update(lifecycle, task, at, faults=task["faults"] + 1)
