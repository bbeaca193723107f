"""Decider of what should be proven by when, one stream per VPS.

`inbox` feeds it, `worker` asks when it falls due. It knows the promise, not the provisioner: what
did not happen is noticed even when the provisioner is dead. Next: `rules` makes a symptom of it.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TypedDict, assert_never

from slipway.contracts.envelope import Event
from slipway.contracts.incidents import (
    ExpectationDropped,
    ExpectationMet,
    ExpectationMissed,
    ExpectationOpened,
    ProvenStateNoted,
)
from slipway.contracts.subscriptions import Entitlement, Verdict
from slipway.contracts.vps import Desired, OperationKind, SourceVersion
from slipway.eventstore.decider import Decider
from slipway.notifier.expectations.policy import fulfils, promised


@dataclass(frozen=True)
class Expect:
    """An entitlement for this VPS: something may have to happen."""

    vps_id: str
    entitlement: Entitlement
    source: SourceVersion
    promise: timedelta


@dataclass(frozen=True)
class Prove:
    """The provisioner proved a state of the server; `source` was the newest wish it knew."""

    vps_id: str
    proven: Desired
    source: SourceVersion | None


@dataclass(frozen=True)
class HoldBack:
    """A person's decision stands in its way: it is not late, whatever the time."""


@dataclass(frozen=True)
class GoOn:
    """Nothing stands in its way any more: the promise runs from now."""

    now: datetime
    promise: timedelta


@dataclass(frozen=True)
class CheckPromise:
    """Due: say so if it is late."""

    now: datetime


Command = Expect | Prove | HoldBack | GoOn | CheckPromise


@dataclass(frozen=True)
class Awaited:
    """What is open: which change, by when, and whether we said that it is late."""

    expectation_id: str
    subscription_id: str
    vps_id: str
    kind: OperationKind
    due_by: datetime
    plan: str | None = None
    contact_id: str | None = None
    delete_by: datetime | None = None
    """During a hold the server is off; this is what comes after it."""
    missed: bool = False


@dataclass(frozen=True)
class State:
    proven: Desired = Desired.ABSENT
    proven_for: SourceVersion | None = None
    awaited: Awaited | None = None
    held_back: Awaited | None = None
    """What would be awaited, were it not for a person's decision."""


INITIAL = State()


def decide(command: Command, state: State) -> Sequence[Event]:
    match command:
        case Expect():
            return _expect(command, state)
        case Prove():
            return _prove(command, state)
        case HoldBack():
            return _drop(state, held_back=True)
        case GoOn():
            return _go_on(command, state)
        case CheckPromise():
            return _check(command, state)
        case _:
            assert_never(command)


def _expect(command: Expect, state: State) -> Sequence[Event]:
    entitlement = command.entitlement
    if entitlement.verdict is Verdict.UNCHANGED or _overtaken(command.source, state):
        return []
    wanted = promised(
        entitlement, state.proven, command.promise, being_made=_being_made(command, state)
    )
    known = state.awaited or state.held_back
    if wanted is None:
        return [_dropped(known)] if known else []
    due_by = (wanted.set_date or entitlement.decided_at) + command.promise
    if known is not None and (known.kind, known.delete_by) == (wanted.kind, wanted.delete_by):
        # A date that was set may move; reading the same wish again doesn't put the promise off.
        later = wanted.set_date is None and due_by > known.due_by
        if later or due_by == known.due_by:
            return []
    opened = ExpectationOpened(
        expectation_id=f"{command.vps_id}/{wanted.kind}",
        subscription_id=entitlement.subscription_id,
        vps_id=command.vps_id,
        kind=wanted.kind,
        plan=entitlement.plan,
        contact_id=entitlement.contact_id,
        due_by=due_by,
        delete_by=wanted.delete_by,
    )
    return [*_drop(state), opened]


def _overtaken(source: SourceVersion, state: State) -> bool:
    """A newer wish was taken and proven before we read this one from the other topic."""
    return _order(source) < _order(state.proven_for)


def _order(source: SourceVersion | None) -> tuple[int, int]:
    return (-1, 0) if source is None else (source.epoch, source.version)


def _being_made(command: Expect, state: State) -> bool:
    known = state.awaited or state.held_back
    gone = _order(state.proven_for) >= _order(command.source)
    return (
        known is not None
        and known.kind in {OperationKind.CREATE, OperationKind.DELETE}
        and not gone
    )


def _prove(command: Prove, state: State) -> Sequence[Event]:
    events: list[Event] = []
    newest = max(command.source, state.proven_for, key=_order)
    if command.proven is not state.proven or newest != state.proven_for:
        events.append(ProvenStateNoted(vps_id=command.vps_id, proven=command.proven, source=newest))
    awaited = state.awaited
    if awaited is not None and fulfils(
        command.proven, awaited.kind, held=awaited.delete_by is not None
    ):
        events += [ExpectationMet(**_identity(awaited)), *_then(awaited, command)]
    return events


def _is_fulfilled(awaited: Awaited, proven: Desired) -> bool:
    return fulfils(proven, awaited.kind, held=awaited.delete_by is not None)


def _then(awaited: Awaited, command: Prove) -> list[ExpectationOpened]:
    """After the switching off, the deletion at the hold's end."""
    if awaited.delete_by is None or command.proven is not Desired.SUSPENDED:
        return []
    kind = OperationKind.DELETE
    identity = _identity(replace(awaited, expectation_id=f"{command.vps_id}/{kind}", kind=kind))
    return [
        ExpectationOpened(
            **identity,
            plan=awaited.plan,
            contact_id=awaited.contact_id,
            due_by=awaited.delete_by,
        )
    ]


def _drop(state: State, *, held_back: bool = False) -> list[Event]:
    return [] if state.awaited is None else [_dropped(state.awaited, held_back=held_back)]


def _dropped(awaited: Awaited, *, held_back: bool = False) -> ExpectationDropped:
    return ExpectationDropped(**_identity(awaited), held_back=held_back)


def _go_on(command: GoOn, state: State) -> Sequence[Event]:
    waited = state.held_back
    if waited is None:
        return []
    return [
        ExpectationOpened(
            **_identity(waited),
            plan=waited.plan,
            contact_id=waited.contact_id,
            due_by=max(waited.due_by, command.now + command.promise),
            delete_by=waited.delete_by,
        )
    ]


def _check(command: CheckPromise, state: State) -> Sequence[Event]:
    awaited = state.awaited
    if awaited is None or awaited.missed or command.now < awaited.due_by:
        return []
    return [ExpectationMissed(**_identity(awaited))]


class _Identity(TypedDict):
    """The fields that every event of an expectation has, for mypy to check the splat."""

    expectation_id: str
    subscription_id: str
    vps_id: str
    kind: OperationKind


def _identity(awaited: Awaited) -> _Identity:
    return {
        "expectation_id": awaited.expectation_id,
        "subscription_id": awaited.subscription_id,
        "vps_id": awaited.vps_id,
        "kind": awaited.kind,
    }


def evolve(state: State, event: Event) -> State:
    match event:
        case ExpectationOpened():
            return replace(state, awaited=_awaited(event), held_back=None)
        case ExpectationMissed():
            missed = None if state.awaited is None else replace(state.awaited, missed=True)
            return replace(state, awaited=missed)
        case ExpectationDropped(held_back=True):
            return replace(state, awaited=None, held_back=state.awaited)
        case ExpectationMet() | ExpectationDropped():
            return replace(state, awaited=None, held_back=None)
        case ProvenStateNoted(proven=proven, source=source):
            held = state.held_back
            fulfilled = held is not None and _is_fulfilled(held, proven)
            return replace(
                state,
                proven=proven,
                proven_for=source,
                held_back=None if fulfilled else held,
            )
        case _:
            raise TypeError(f"{type(event).__name__} is no event of an expectation")


def _awaited(event: ExpectationOpened) -> Awaited:
    return Awaited(
        expectation_id=event.expectation_id,
        subscription_id=event.subscription_id,
        vps_id=event.vps_id,
        kind=event.kind,
        due_by=event.due_by,
        plan=event.plan,
        contact_id=event.contact_id,
        delete_by=event.delete_by,
    )


def due_at(state: State) -> datetime | None:
    awaited = state.awaited
    return None if awaited is None or awaited.missed else awaited.due_by


DECIDER: Decider[Command, State] = Decider(
    category="expectation",
    initial=INITIAL,
    decide=decide,
    evolve=evolve,
    due_at=due_at,
    state_type=State,
    fold_version=2,
)
