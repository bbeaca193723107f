"""What a Vps stream says about the tasks of its VPS: started, failed, parked, proven (pure)."""

from datetime import datetime
from typing import Any

from slipway.contracts import vps
from slipway.contracts.envelope import Recorded
from slipway.contracts.vps import WithheldReason
from slipway.reporting.projections.tasks.lifecycle import (
    Life,
    Wish,
    at_work,
    facts_of,
    reconsidered,
    wished,
)
from slipway.reporting.projections.tasks.task import Task, due, opened, settled

_BY_A_PERSON: tuple[type[vps.VpsEvent], ...] = (
    vps.OperationRetried,
    vps.OperationResolvedManually,
    vps.VpsReleased,
    vps.CreationRequested,
    vps.DeletionRequested,
    vps.ServerAdopted,
)
_FAULTY = vps.AttemptFailed | vps.AttemptOutcomeUnknown | vps.ServerFailed
_PASSING = {
    vps.FaultKind.TRANSIENT,
    vps.FaultKind.RATE_LIMITED,
    vps.FaultKind.CAPACITY,
    vps.FaultKind.CONFLICT,
    vps.FaultKind.OUTCOME_UNKNOWN,
}
"""What may heal alone; a limit, a refused token or a wrong spec waits for somebody."""


def on_vps_event(life: Life, event: vps.VpsEvent, recorded: Recorded) -> None:  # noqa: C901 - a table
    life.about.setdefault("location_id", event.location_id)
    match event:
        case vps.VpsRequested(contact_id=contact_id):
            life.about["contact_id"] = contact_id or life.about.get("contact_id")
        case vps.DesiredStateChanged():
            wished(life, _wish(event, recorded.time))
        case vps.OperationStarted():
            _on_started(life, event, recorded)
        case vps.OperationWithheld(reason=WithheldReason.OBSERVE):
            _note_current(life, event, recorded, withheld=True)
        case vps.OperationParked():
            _on_parked(life, event, recorded)
        case vps.VpsReady() | vps.VpsSuspended() | vps.VpsResumed() | vps.VpsDeleted():
            _on_proof(life, event, recorded)
        case vps.VpsIgnored():
            _on_person(life, event, recorded, overtaken_at=recorded.time)
        case _ if isinstance(event, _BY_A_PERSON):
            _on_person(life, event, recorded)
        case vps.AttemptFailed() | vps.AttemptOutcomeUnknown() | vps.ServerFailed():
            _on_fault(life, event, recorded)
        case _:
            pass  # the rest says nothing about whether a wish came true
    reconsidered(life, event.vps_id)


def acted(life: Life, task: Task, at: datetime) -> Task:
    """The location began to act: the task's time begins now, not at a purchase long ago."""
    begins: Task = {**task, "withheld": False, "acts_from": at, "since": max(task["since"], at)}
    return settled(due(begins, max(task["due_at"], at), life.decided_seconds), at)


def _wish(event: vps.DesiredStateChanged, at: datetime) -> Wish:
    due_at = {"suspended": event.suspend_at, "absent": event.delete_at}.get(event.desired.value)
    return Wish(
        vps_id=event.vps_id,
        desired=event.desired.value,
        source=(event.source.epoch, event.source.version),
        at=at,
        started_at=event.desired_since,
        since=event.desired_since,
        due_at=due_at,
        plan=event.plan,
        confirmed=True,
    )


def _know(life: Life, vps_id: str, **facts: Any) -> None:
    life.facts[vps_id] = {**facts_of(life, vps_id), **facts}


def _note(life: Life, task: Task | None, at: datetime, **facts: Any) -> None:
    if task is not None:
        noted: Any = {**task, **facts}
        life.tasks[task["_id"]] = settled(noted, at)


def _note_current(life: Life, event: vps.VpsEvent, recorded: Recorded, **facts: Any) -> None:
    _note(life, at_work(life, event.vps_id), recorded.time, **facts)


def _on_person(life: Life, event: vps.VpsEvent, recorded: Recorded, **facts: Any) -> None:
    """What is proven already came about without them; what they start now is a task of its own."""
    task = at_work(life, event.vps_id)
    if task is not None and task["proven_at"] is None:
        _note(life, task, recorded.time, person=True, **facts)


def _on_started(life: Life, event: vps.OperationStarted, recorded: Recorded) -> None:
    kind, at = event.kind.value, recorded.time
    _know(life, event.vps_id, attempted=True)
    task = at_work(life, event.vps_id)
    if task is None or task["proven_at"]:
        task = _unforeseen(life, event, recorded)
    if task["withheld"]:
        task = acted(life, task, at)
    # Powering off during a hold belongs to the deletion that is wanted.
    kind = task["kind"] if task["desired"] == "absent" else kind
    _note(life, task, at, started=True, moot=False, kind=kind)


def _unforeseen(life: Life, event: vps.OperationStarted, recorded: Recorded) -> Task:
    """An operation nobody's wish announced (a repair, a re-creation): a task all the same."""
    last = at_work(life, event.vps_id)
    task = opened(
        id_=f"{event.vps_id}/{event.operation_id}",
        vps_id=event.vps_id,
        subscription_id=event.subscription_id,
        location_id=event.location_id,
        contact_id=life.about.get("contact_id"),
        plan=None,
        desired=last["desired"] if last else "",
        kind=event.kind.value,
        moot=False,
        source=last["source"] if last else [0, 0],
        at=recorded.time,
    )
    task = due(task, event.due_from or recorded.time, life.decided_seconds)
    by_admin = event.adopting is not None
    return {**task, "since": task["due_at"], "confirmed": True, "person": by_admin}


def _on_parked(life: Life, event: vps.OperationParked, recorded: Recorded) -> None:
    task = at_work(life, event.vps_id)
    if task is not None and task["parked_at"] is None:
        _note(
            life,
            task,
            recorded.time,
            parked_at=recorded.time,
            parked_cause=event.fault.kind.value,
        )


_Proof = vps.VpsReady | vps.VpsSuspended | vps.VpsResumed | vps.VpsDeleted


def _on_proof(life: Life, event: _Proof, recorded: Recorded) -> None:
    kind, task = _prove(life, event), at_work(life, event.vps_id)
    if task is None or task["proven_at"] is not None:
        return
    if kind == "suspend" and task["kind"] == "delete" and task["access_off_at"] is None:
        _note(life, task, recorded.time, access_off_at=recorded.time)
    if kind == task["kind"]:
        person = task["person"] or event.by_admin
        _note(life, task, recorded.time, proven_at=recorded.time, person=person)


def _prove(life: Life, event: _Proof) -> str:
    match event:
        case vps.VpsReady():
            _know(life, event.vps_id, attempted=True, present=True, off=False)
            return "create"
        case vps.VpsSuspended():
            _know(life, event.vps_id, present=True, off=True)
            return "suspend"
        case vps.VpsResumed():
            _know(life, event.vps_id, present=True, off=False)
            return "resume"
        case vps.VpsDeleted():
            _know(life, event.vps_id, attempted=False, present=False, off=False)
            return "delete"


def _on_fault(life: Life, event: _FAULTY, recorded: Recorded) -> None:
    task = at_work(life, event.vps_id)
    passing = not isinstance(event, vps.AttemptFailed) or event.fault.kind in _PASSING
    if passing and task is not None and task["proven_at"] is None:
        _note(life, task, recorded.time, faults=task["faults"] + 1)
