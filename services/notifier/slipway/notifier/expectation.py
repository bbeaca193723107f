"""Decider of what should be proven by when, one stream per VPS.

`inbox` feeds it, `worker` asks when it falls due. It knows the promise, not the provisioner: what
did not happen is noticed even when the provisioner is dead. Next: `rules` makes a symptom of it.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import assert_never

from slipway.contracts.envelope import Event
from slipway.contracts.incidents import (
    ExpectationDropped,
    ExpectationMet,
    ExpectationMissed,
    ExpectationOpened,
    ProofNoted,
)
from slipway.contracts.subscriptions import Entitlement, Verdict
from slipway.contracts.vps import Desired
from slipway.eventstore.decider import Decider


@dataclass(frozen=True)
class Expect:
    """An entitlement for this VPS: something may have to happen."""

    vps_id: str
    entitlement: Entitlement
    promise: timedelta


@dataclass(frozen=True)
class Prove:
    """The provisioner proved a state of the server."""

    vps_id: str
    proven: Desired


@dataclass(frozen=True)
class Drop:
    """It is no longer to be expected: overtaken, observed only, held, or a person decides."""


@dataclass(frozen=True)
class CheckPromise:
    """Due: say so if it is late."""

    now: datetime


Command = Expect | Prove | Drop | CheckPromise


@dataclass(frozen=True)
class Awaited:
    """What is open: which change, by when, and whether we said that it is late."""

    expectation_id: str
    subscription_id: str
    vps_id: str
    kind: str
    due_by: datetime
    missed: bool = False


@dataclass(frozen=True)
class State:
    proven: Desired = Desired.ABSENT
    awaited: Awaited | None = None


INITIAL = State()

_FULFILS = {
    "create": Desired.RUNNING,
    "resume": Desired.RUNNING,
    "suspend": Desired.SUSPENDED,
    "delete": Desired.ABSENT,
}


def decide(command: Command, state: State) -> Sequence[Event]:
    match command:
        case Expect():
            return _expect(command, state)
        case Prove():
            return _prove(command, state)
        case Drop():
            return _drop(state)
        case CheckPromise():
            return _check(command, state)
        case _:
            assert_never(command)


def _expect(command: Expect, state: State) -> Sequence[Event]:
    entitlement = command.entitlement
    if entitlement.verdict is Verdict.UNCHANGED:
        return []
    wanted = _wanted(entitlement, state)
    if wanted is None:
        return _drop(state)
    kind, start = wanted
    if state.awaited is not None and state.awaited.kind == kind:
        return []
    opened = ExpectationOpened(
        expectation_id=f"{command.vps_id}/{kind}",
        subscription_id=entitlement.subscription_id,
        vps_id=command.vps_id,
        kind=kind,
        plan=entitlement.plan,
        contact_id=entitlement.contact_id,
        due_by=start + command.promise,
    )
    return [*_drop(state), opened]


def _wanted(entitlement: Entitlement, state: State) -> tuple[str, datetime] | None:
    """Which change should come, and from when the promise runs; None where nothing should."""
    decided = entitlement.decided_at
    making = state.awaited is not None and state.awaited.kind == "create"
    match entitlement.verdict, state.proven:
        case Verdict.RUNNING, Desired.ABSENT:
            return "create", decided
        case Verdict.RUNNING, Desired.SUSPENDED:
            return "resume", decided
        case Verdict.SUSPENDED, Desired.RUNNING:
            return "suspend", max(decided, entitlement.suspend_at or decided)
        case Verdict.ABSENT, Desired.RUNNING | Desired.SUSPENDED:
            return "delete", max(decided, entitlement.delete_at or decided)
        case Verdict.ABSENT, Desired.ABSENT if making:
            # Cancelled while creating: whatever was made has to go again.
            return "delete", max(decided, entitlement.delete_at or decided)
        case _:
            return None


def _prove(command: Prove, state: State) -> Sequence[Event]:
    events: list[Event] = []
    if command.proven is not state.proven:
        events.append(ProofNoted(vps_id=command.vps_id, proven=command.proven))
    awaited = state.awaited
    if awaited is not None and _FULFILS[awaited.kind] is command.proven:
        events.append(ExpectationMet(**_identity(awaited)))
    return events


def _drop(state: State) -> list[Event]:
    return [] if state.awaited is None else [ExpectationDropped(**_identity(state.awaited))]


def _check(command: CheckPromise, state: State) -> Sequence[Event]:
    awaited = state.awaited
    if awaited is None or awaited.missed or command.now < awaited.due_by:
        return []
    return [ExpectationMissed(**_identity(awaited))]


def _identity(awaited: Awaited) -> dict[str, str]:
    return {
        "expectation_id": awaited.expectation_id,
        "subscription_id": awaited.subscription_id,
        "vps_id": awaited.vps_id,
        "kind": awaited.kind,
    }


def evolve(state: State, event: Event) -> State:
    match event:
        case ExpectationOpened():
            awaited = Awaited(
                expectation_id=event.expectation_id,
                subscription_id=event.subscription_id,
                vps_id=event.vps_id,
                kind=event.kind,
                due_by=event.due_by,
            )
            return replace(state, awaited=awaited)
        case ExpectationMissed():
            missed = None if state.awaited is None else replace(state.awaited, missed=True)
            return replace(state, awaited=missed)
        case ExpectationMet() | ExpectationDropped():
            return replace(state, awaited=None)
        case ProofNoted():
            return replace(state, proven=event.proven)
        case _:
            raise TypeError(f"{type(event).__name__} is no event of an expectation")


def due_at(state: State) -> datetime | None:
    awaited = state.awaited
    return None if awaited is None or awaited.missed else awaited.due_by


DECIDER: Decider[Command, State] = Decider(
    category="expectation",
    initial=INITIAL,
    decide=decide,
    evolve=evolve,
    due_at=due_at,
    is_open=lambda state: due_at(state) is not None,
    state_type=State,
)
