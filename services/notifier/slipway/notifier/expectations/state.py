"""State of an expectation stream (pure): the confirmed state and the open expectation.

`decider` decides on it.
"""

from dataclasses import dataclass, replace
from datetime import datetime

from slipway.contracts.envelope import Event
from slipway.contracts.incidents import (
    ExpectationDropped,
    ExpectationMet,
    ExpectationMissed,
    ExpectationOpened,
    ProvenStateNoted,
)
from slipway.contracts.vps import Desired, OperationKind, SourceVersion
from slipway.notifier.expectations.policy import fulfils


@dataclass(frozen=True)
class Expectation:
    expectation_id: str
    subscription_id: str
    vps_id: str
    kind: OperationKind
    due_by: datetime
    plan: str | None = None
    contact_id: str | None = None
    delete_by: datetime | None = None
    """Set for a suspension during the plan's hold: until when the deletion is expected."""
    missed: bool = False

    def is_fulfilled_by(self, proven: Desired) -> bool:
        return fulfils(proven, self.kind, during_hold=self.delete_by is not None)


@dataclass(frozen=True)
class State:
    proven: Desired = Desired.ABSENT
    proven_source: SourceVersion | None = None
    """Source version, that is, the version of the entitlement that was applied then."""
    expected: Expectation | None = None
    held_back: Expectation | None = None
    """The expectation that an admin's decision blocks."""

    @property
    def known(self) -> Expectation | None:
        return self.expected or self.held_back


INITIAL = State()


def evolve(state: State, event: Event) -> State:
    match event:
        case ExpectationOpened():
            return replace(state, expected=_opened(event), held_back=None)
        case ExpectationMissed():
            missed = None if state.expected is None else replace(state.expected, missed=True)
            return replace(state, expected=missed)
        case ExpectationDropped(held_back=True):
            return replace(state, expected=None, held_back=state.expected)
        case ExpectationMet() | ExpectationDropped():
            return replace(state, expected=None, held_back=None)
        case ProvenStateNoted(proven=proven, source=source):
            held = state.held_back
            fulfilled = held is not None and held.is_fulfilled_by(proven)
            return replace(
                state,
                proven=proven,
                proven_source=source,
                held_back=None if fulfilled else held,
            )
        case _:
            raise TypeError(f"{type(event).__name__} is no event of an expectation")


def _opened(event: ExpectationOpened) -> Expectation:
    return Expectation(
        expectation_id=event.expectation_id,
        subscription_id=event.subscription_id,
        vps_id=event.vps_id,
        kind=event.kind,
        due_by=event.due_by,
        plan=event.plan,
        contact_id=event.contact_id,
        delete_by=event.delete_by,
    )
