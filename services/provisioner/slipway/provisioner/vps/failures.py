"""After a failed attempt: another attempt later, the next region, or parking (pure)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from slipway.contracts import vps
from slipway.contracts.vps import Fault, FaultKind, VpsEvent
from slipway.provisioner.vps.operation_fold import counts
from slipway.provisioner.vps.state import Calling, Doubting, Operation, Vps, Watching

LAST_ATTEMPT = {
    FaultKind.TRANSIENT: 16,
    FaultKind.AUTH: 8,
    FaultKind.QUOTA: 3,
    FaultKind.CONFLICT: 3,
    FaultKind.REJECTED: 1,
    FaultKind.CONFIG: 1,
}
"""After this many failures the operation is parked. What may pass by itself gets ten minutes."""
LAST_SETBACK = 20
"""What seems the account's fault pauses that; if its probes find nothing, it is the operation's."""
CAPACITY_ROUNDS = 3
"""How often all regions of the spec are gone through."""
_CAPACITY_PAUSE_SECONDS = 60.0
_LONGEST_BACK_OFF_SECONDS = 60.0
_LONGEST_RETRY_AFTER_SECONDS = 300.0


@dataclass(frozen=True)
class Failure:
    """A clear no, or surely nothing sent."""

    fault: Fault
    jitter: float
    """0 to 1."""
    retry_after_seconds: float | None = None


def failed(
    failure: Failure,
    state: Vps,
    operation: Operation,
    phase: Calling | Watching | Doubting,
    now: datetime,
) -> Sequence[VpsEvent]:
    """Tried again later, in the next region, or parked after the last attempt."""
    fault = failure.fault
    retry_at = _retry_at(failure, state, operation, now)
    event = vps.AttemptFailed(
        **state.ids(now),
        operation_id=operation.id,
        attempt=operation.attempts,
        step=phase.step,
        region=phase.region if isinstance(phase, Calling) else None,
        fault=fault,
        retry_at=retry_at,
    )
    if retry_at is not None:
        return [event]
    return [event, parked(state, operation, fault, now)]


def parked(state: Vps, operation: Operation, fault: Fault, now: datetime) -> vps.OperationParked:
    return vps.OperationParked(
        **state.ids(now),
        operation_id=operation.id,
        kind=operation.kind,
        fault=fault,
        attempts=operation.attempts,
    )


def _retry_at(failure: Failure, state: Vps, operation: Operation, now: datetime) -> datetime | None:
    """None: that was the last attempt."""
    fault = failure.fault
    if fault.kind is FaultKind.CAPACITY:
        regions = len(state.spec.regions) if state.spec else 1
        upcoming = operation.region + 1
        if upcoming >= regions * CAPACITY_ROUNDS:
            return None
        pause = _CAPACITY_PAUSE_SECONDS if upcoming % regions == 0 else 0.0
        return now + timedelta(seconds=pause)
    if _was_last(fault, operation):
        return None
    tries = operation.failures + operation.setbacks
    back_off = min(2.0 ** min(tries, 10), _LONGEST_BACK_OFF_SECONDS)
    wanted = min(max(failure.retry_after_seconds or 0.0, 0.0), _LONGEST_RETRY_AFTER_SECONDS)
    seconds = max(back_off * (0.75 + failure.jitter / 2), wanted)
    return now + timedelta(seconds=seconds)


def _was_last(fault: Fault, operation: Operation) -> bool:
    if counts(fault):
        return operation.failures + 1 >= LAST_ATTEMPT.get(fault.kind, 1)
    limited = fault.kind is FaultKind.RATE_LIMITED
    return not limited and operation.setbacks + 1 >= LAST_SETBACK
