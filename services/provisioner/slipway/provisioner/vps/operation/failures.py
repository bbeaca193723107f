"""Decides what follows a failed attempt: a retry, the next region, or parking (pure)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from slipway.contracts import vps
from slipway.contracts.vps import AttemptStep, Fault, FaultKind, FaultScope, VpsEvent
from slipway.provisioner.vps.operation.state import Calling, Operation, Verifying, Watching
from slipway.provisioner.vps.state import EventIds, Vps

LAST_ATTEMPT = {
    FaultKind.TRANSIENT: 16,
    FaultKind.QUOTA: 16,
    FaultKind.AUTH: 8,
    FaultKind.CONFLICT: 3,
    FaultKind.REJECTED: 1,
    FaultKind.CONFIG: 1,
}
"""Number of failures after which the operation is parked, but not before `PATIENCE` has passed."""
PATIENCE = {
    FaultKind.TRANSIENT: timedelta(minutes=10),
    FaultKind.QUOTA: timedelta(minutes=10),
    FaultKind.AUTH: timedelta(minutes=2),
}
"""Time by kind of fault that is longer than the usual cause lasts (H37)."""
LAST_ACCOUNT_FAILURE = 20
"""Number of account-wide faults after which the operation is parked. The account is probed after
each. If the probes succeed, the fault is not the account's but the operation's."""
CAPACITY_ROUNDS = 3
"""How many times all regions of the spec are tried."""
VANISHED = "vanished"
"""Fault code for a server whose creation was accepted and which then disappeared."""
_CAPACITY_PAUSE_SECONDS = 60.0
_LONGEST_BACK_OFF_SECONDS = 60.0
_LONGEST_RETRY_AFTER_SECONDS = 300.0


class AttemptIds(EventIds):
    operation_id: str
    attempt: int
    step: AttemptStep


@dataclass(frozen=True)
class Failure:
    """An attempt that changed nothing: the provider refused it, or nothing was sent."""

    fault: Fault
    jitter: float
    """A random number between 0 and 1 that spreads the retries."""
    retry_after_seconds: float | None = None


def attempt_failed(
    failure: Failure,
    state: Vps,
    operation: Operation,
    phase: Calling | Watching | Verifying,
    now: datetime,
) -> Sequence[VpsEvent]:
    """Returns `AttemptFailed`, followed by `OperationParked` if it was the last attempt."""
    fault = failure.fault
    retry_at = _retry_at(failure, state, operation, now)
    failed = vps.AttemptFailed(
        **state.event_ids(now),
        operation_id=operation.id,
        attempt=operation.attempts,
        step=phase.step,
        region=phase.region if isinstance(phase, Calling) else None,
        fault=fault,
        retry_at=retry_at,
    )
    if retry_at is not None:
        return [failed]
    return [failed, parked(state, operation, fault, now)]


def parked(state: Vps, operation: Operation, fault: Fault, now: datetime) -> vps.OperationParked:
    return vps.OperationParked(
        **state.event_ids(now),
        operation_id=operation.id,
        kind=operation.kind,
        fault=fault,
        attempts=operation.attempts,
    )


def counts(fault: Fault) -> bool:
    """Returns whether the fault uses up an attempt.

    A fault of the whole account (H31) or of all its creations (H37) does not.
    """
    return fault.scope is FaultScope.OPERATION and fault.kind is not FaultKind.RATE_LIMITED


def _retry_at(failure: Failure, state: Vps, operation: Operation, now: datetime) -> datetime | None:
    """Returns the time of the next attempt, or None after the last one."""
    fault = failure.fault
    if fault.kind is FaultKind.CAPACITY:
        return _next_region_at(state, operation, now)
    if _was_last(fault, operation, now):
        return None
    tries = operation.failures + operation.account_failures
    back_off = min(2.0 ** min(tries, 10), _LONGEST_BACK_OFF_SECONDS)
    asked_for = min(max(failure.retry_after_seconds or 0.0, 0.0), _LONGEST_RETRY_AFTER_SECONDS)
    seconds = max(back_off * (0.75 + failure.jitter / 2), asked_for)
    return now + timedelta(seconds=seconds)


def _next_region_at(state: Vps, operation: Operation, now: datetime) -> datetime | None:
    regions = len(state.spec.regions) if state.spec else 1
    upcoming = operation.region_index + 1
    if upcoming >= regions * CAPACITY_ROUNDS:
        return None
    pause = _CAPACITY_PAUSE_SECONDS if upcoming % regions == 0 else 0.0
    return now + timedelta(seconds=pause)


def _was_last(fault: Fault, operation: Operation, now: datetime) -> bool:
    if counts(fault):
        failing_for = now - (operation.failing_since or now)
        out_of_patience = failing_for >= PATIENCE.get(fault.kind, timedelta())
        return out_of_patience and operation.failures + 1 >= LAST_ATTEMPT.get(fault.kind, 1)
    waits = fault.kind is FaultKind.RATE_LIMITED or fault.scope is FaultScope.CREATIONS
    return not waits and operation.account_failures + 1 >= LAST_ACCOUNT_FAILURE
