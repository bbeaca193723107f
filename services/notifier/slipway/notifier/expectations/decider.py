"""Decider of expectations: which change of a VPS should be confirmed, and by when.

An expectation follows from entitlements and confirmed states, and not from plans of the
provisioner. So a missing change is noticed even if the provisioner is down. Read next:
`incidents.rules`, which turns a missed expectation into a symptom.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import TypedDict, assert_never

from slipway.contracts.envelope import Event
from slipway.contracts.incidents import (
    ExpectationDropped,
    ExpectationMet,
    ExpectationMissed,
    ExpectationOpened,
    ProvenStateNoted,
)
from slipway.contracts.subscriptions import Verdict
from slipway.contracts.vps import Desired, OperationKind, SourceVersion
from slipway.eventstore.decider import Decider
from slipway.notifier.expectations.commands import (
    CheckOverdue,
    Command,
    EndHoldBack,
    Expect,
    HoldBack,
    Prove,
)
from slipway.notifier.expectations.policy import ExpectedChange, expected_change
from slipway.notifier.expectations.state import INITIAL, Expectation, State, evolve


def decide(command: Command, state: State) -> Sequence[Event]:
    match command:
        case Expect():
            return _expect(command, state)
        case Prove():
            return _prove(command, state)
        case HoldBack():
            return _drop(state, held_back=True)
        case EndHoldBack():
            return _end_hold_back(command, state)
        case CheckOverdue():
            return _check_overdue(command, state)
        case _:
            assert_never(command)


def _expect(command: Expect, state: State) -> Sequence[Event]:
    entitlement = command.entitlement
    if entitlement.verdict is Verdict.UNCHANGED or _is_superseded(command.source, state):
        return []
    change = expected_change(
        entitlement, state.proven, command.overdue_after, may_exist=_may_exist(command, state)
    )
    known = state.known
    if change is None:
        return [_dropped(known)] if known else []
    due_by = (change.due_from or entitlement.decided_at) + command.overdue_after
    if known is not None and not _moves(known, change, due_by):
        return []
    opened = ExpectationOpened(
        expectation_id=f"{command.vps_id}/{change.kind}",
        subscription_id=entitlement.subscription_id,
        vps_id=command.vps_id,
        kind=change.kind,
        plan=entitlement.plan,
        contact_id=entitlement.contact_id,
        due_by=due_by,
        delete_by=change.delete_by,
    )
    return [*_drop(state), opened]


def _moves(known: Expectation, change: ExpectedChange, due_by: datetime) -> bool:
    """Returns whether this change must replace the known expectation.

    A date that GHL set may move the time limit. Without such a date, an entitlement that is read
    again must not postpone it.
    """
    if (known.kind, known.delete_by) != (change.kind, change.delete_by):
        return True
    if due_by == known.due_by:
        return False
    return change.due_from is not None or due_by < known.due_by


def _is_superseded(source: SourceVersion, state: State) -> bool:
    """Returns whether a state for a newer entitlement has been confirmed already.

    This is possible, because entitlements and confirmed states are read from different topics.
    """
    return _order(source) < _order(state.proven_source)


def _order(source: SourceVersion | None) -> tuple[int, int]:
    return (-1, 0) if source is None else (source.epoch, source.version)


def _may_exist(command: Expect, state: State) -> bool:
    """Returns whether a server may exist although the last confirmed state is absent."""
    known = state.known
    under_way = known is not None and known.kind in {OperationKind.CREATE, OperationKind.DELETE}
    return under_way and _order(state.proven_source) < _order(command.source)


def _prove(command: Prove, state: State) -> Sequence[Event]:
    events: list[Event] = []
    newest = max(command.source, state.proven_source, key=_order)
    if command.proven is not state.proven or newest != state.proven_source:
        events.append(ProvenStateNoted(vps_id=command.vps_id, proven=command.proven, source=newest))
    expected = state.expected
    if expected is not None and expected.is_fulfilled_by(command.proven):
        events += [ExpectationMet(**_identity(expected)), *_deletion_after(expected, command)]
    return events


def _deletion_after(met: Expectation, command: Prove) -> list[ExpectationOpened]:
    """Returns the expectation of the deletion that follows at the end of the plan's hold.

    Returns nothing as long as the server is not confirmed as switched off.
    """
    if met.delete_by is None or command.proven is not Desired.SUSPENDED:
        return []
    kind = OperationKind.DELETE
    identity = _identity(replace(met, expectation_id=f"{command.vps_id}/{kind}", kind=kind))
    return [
        ExpectationOpened(
            **identity, plan=met.plan, contact_id=met.contact_id, due_by=met.delete_by
        )
    ]


def _drop(state: State, *, held_back: bool = False) -> list[Event]:
    return [] if state.expected is None else [_dropped(state.expected, held_back=held_back)]


def _dropped(expected: Expectation, *, held_back: bool = False) -> ExpectationDropped:
    return ExpectationDropped(**_identity(expected), held_back=held_back)


def _end_hold_back(command: EndHoldBack, state: State) -> Sequence[Event]:
    held = state.held_back
    if held is None:
        return []
    return [
        ExpectationOpened(
            **_identity(held),
            plan=held.plan,
            contact_id=held.contact_id,
            due_by=max(held.due_by, command.now + command.overdue_after),
            delete_by=held.delete_by,
        )
    ]


def _check_overdue(command: CheckOverdue, state: State) -> Sequence[Event]:
    expected = state.expected
    if expected is None or expected.missed or command.now < expected.due_by:
        return []
    return [ExpectationMissed(**_identity(expected))]


class _Identity(TypedDict):
    """The fields of every event of an expectation, typed so that mypy checks the `**` arguments."""

    expectation_id: str
    subscription_id: str
    vps_id: str
    kind: OperationKind


def _identity(expected: Expectation) -> _Identity:
    return {
        "expectation_id": expected.expectation_id,
        "subscription_id": expected.subscription_id,
        "vps_id": expected.vps_id,
        "kind": expected.kind,
    }


def due_at(state: State) -> datetime | None:
    expected = state.expected
    return None if expected is None or expected.missed else expected.due_by


DECIDER: Decider[Command, State] = Decider(
    category="expectation",
    initial=INITIAL,
    decide=decide,
    evolve=evolve,
    due_at=due_at,
    state_type=State,
    fold_version=2,
)
