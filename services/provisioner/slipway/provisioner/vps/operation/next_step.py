"""Decides what the worker does next with a VPS, and when (pure)."""

from datetime import datetime, timedelta
from enum import Enum, auto

from slipway.contracts.vps import OperationKind
from slipway.provisioner.vps.operation.next_operation import next_operation
from slipway.provisioner.vps.operation.state import (
    AwaitingRelease,
    Calling,
    Operation,
    Parked,
    Verifying,
    Waiting,
    Watching,
)
from slipway.provisioner.vps.state import Vps

ATTEMPT_SECONDS = 5.0
"""How long after the worker claimed the VPS a call may be written to the socket."""
CALL_TIMEOUT_SECONDS = 20.0
"""How long the provider may then take to answer. The sum of both is less than the lease of 30 s."""
CONFIRMATION_VALID = timedelta(minutes=2)
"""GHL's answer `gone` counts only if it was requested this recently (H3)."""
REQUEST_AGAIN = timedelta(seconds=30)
_LONGEST_PAUSE = timedelta(minutes=2)
_LONGEST_STALLED_PAUSE = timedelta(minutes=10)


class NextStep(Enum):
    """The step that the worker does for a claimed stream."""

    NOTHING = auto()
    START_OPERATION = auto()
    START_ATTEMPT = auto()
    REQUEST_RELEASE = auto()
    CONCLUDE_UNKNOWN = auto()
    """A worker died during the call, so the outcome is recorded as unknown."""
    POLL = auto()


def next_step(state: Vps, now: datetime) -> NextStep:
    if state.ignored:
        return NextStep.NOTHING
    operation = state.operation
    if operation is None:
        upcoming = None if state.held else next_operation(state, now)
        due = upcoming is not None and (upcoming.due_at is None or upcoming.due_at <= now)
        return NextStep.START_OPERATION if due else NextStep.NOTHING
    return _step_in_phase(operation, now, held=state.held)


def _step_in_phase(operation: Operation, now: datetime, *, held: bool) -> NextStep:
    match operation.phase:
        case Waiting(until) if not held and until <= now:
            confirmed = is_confirmed(operation, now)
            return NextStep.START_ATTEMPT if confirmed else NextStep.REQUEST_RELEASE
        case AwaitingRelease() if not held:
            return NextStep.REQUEST_RELEASE
        case Calling():
            return NextStep.CONCLUDE_UNKNOWN
        case Watching() | Verifying():
            return NextStep.POLL
        case Waiting() | AwaitingRelease() | Parked():
            return NextStep.NOTHING


def is_confirmed(operation: Operation, now: datetime) -> bool:
    """Returns whether the operation has the confirmation that it needs.

    Only a deletion needs one.
    """
    if operation.kind is not OperationKind.DELETE:
        return True
    given = operation.confirmation
    return given is not None and (given.by_admin or now - given.requested_at < CONFIRMATION_VALID)


def due_at(state: Vps) -> datetime | None:
    """Returns when the stream next needs the worker, or None."""
    if state.ignored or state.decided_at is None:
        return None
    due = _due(state, state.decided_at)
    if due is None or state.withheld is None or state.withheld.retry_at is None:
        return due
    return max(due, state.withheld.retry_at)


def _due(state: Vps, at: datetime) -> datetime | None:  # noqa: PLR0911 - one line for each phase
    operation = state.operation
    if operation is None:
        upcoming = None if state.held else next_operation(state, at)
        return None if upcoming is None else upcoming.due_at or at
    match operation.phase:
        case Waiting() | AwaitingRelease() if state.held:
            return None
        case Waiting(until):
            return until
        case Calling() as calling:
            return calling.not_after + timedelta(seconds=CALL_TIMEOUT_SECONDS)
        case Watching(poll_at=poll_at) | Verifying(poll_at=poll_at):
            return poll_at or at
        case AwaitingRelease() as awaiting:
            return _request_again_at(awaiting)
        case Parked():
            return None


def _request_again_at(awaiting: AwaitingRelease) -> datetime:
    longest = _LONGEST_STALLED_PAUSE if awaiting.stalled else _LONGEST_PAUSE
    pause = min(REQUEST_AGAIN * 2.0 ** min(awaiting.requests - 1, 10), longest)
    return awaiting.requested_at + pause


def has_open_work(state: Vps) -> bool:
    """Returns whether the worker still has something to do for this VPS, now or later."""
    if state.ignored or state.held:
        return False
    if state.operation is not None:
        return not state.operation.waits_for_operator
    return state.decided_at is not None and next_operation(state, state.decided_at) is not None
