"""From a due operation to one call and its answer (pure).

`worker` appends `Begin` or `Attempt` before it calls the provider, and the answer afterwards.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from slipway.contracts import vps
from slipway.contracts.vps import Fault, FaultKind, OperationKind, VpsEvent
from slipway.provisioner.vps.entitlement import followed_up
from slipway.provisioner.vps.naming import external_name
from slipway.provisioner.vps.operation import Errand, Next, errand, has_key, next_operation
from slipway.provisioner.vps.operation_fold import counts
from slipway.provisioner.vps.state import Calling, Operation, Vps, Waiting

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
_FIRST_LOOK = timedelta(seconds=1)


@dataclass(frozen=True)
class Begin:
    """Start what is due. The ids are made outside; unused ones are dropped."""

    now: datetime
    installation: str
    operation_id: str
    nonce: str
    not_after: datetime


@dataclass(frozen=True)
class Attempt:
    now: datetime
    not_after: datetime


@dataclass(frozen=True)
class Withhold:
    """It may not go out now, and why."""

    now: datetime
    kind: OperationKind
    why: str
    retry_at: datetime | None


@dataclass(frozen=True)
class Accepted:
    provider_id: str | None
    action_ids: tuple[str, ...] = ()


@dataclass(frozen=True)
class Failure:
    """A clear no, or surely nothing sent."""

    fault: Fault
    jitter: float
    """0 to 1."""
    retry_after_seconds: float | None = None


@dataclass(frozen=True)
class Doubtful:
    """No answer that can be believed, or we died before we noted one."""

    fault: Fault


@dataclass(frozen=True)
class Conclude:
    """What came of that attempt. Of any other than the one under way it is too late (H4)."""

    now: datetime
    operation_id: str
    attempt: int
    outcome: Accepted | Failure | Doubtful


@dataclass(frozen=True)
class Overtake:
    now: datetime


Command = Begin | Attempt | Withhold | Conclude | Overtake


def decide(command: Command, state: Vps) -> Sequence[VpsEvent]:
    match command:
        case Begin():
            return _begin(command, state)
        case Attempt():
            return _attempt(command, state)
        case Withhold():
            return _withhold(command, state)
        case Conclude():
            return _conclude(command, state)
        case Overtake():
            return followed_up([], state, command.now)


def _begin(command: Begin, state: Vps) -> Sequence[VpsEvent]:
    upcoming = next_operation(state, command.now)
    if errand(state, command.now) is not Errand.BEGIN or upcoming is None:
        return []
    started = _started(command, state, upcoming)
    overridden = state.order is not None and state.order.overridden
    if upcoming.kind is OperationKind.DELETE and not overridden:
        asked = vps.ReleaseRequested(
            **state.ids(command.now), nonce=command.nonce, requested_at=command.now
        )
        return [started, asked]
    step = step_of(upcoming.kind)
    region = region_of(state, 0) if step == "create" else None
    return [started, _going_out(command, state, command.operation_id, (1, step), region)]


def _started(command: Begin, state: Vps, upcoming: Next) -> vps.OperationStarted:
    generation = state.generation + 1 if upcoming.kind is OperationKind.CREATE else 0
    if state.server is not None and not generation:
        generation = state.server.generation
    called = external_name(command.installation, state.vps_id, generation)
    since = state.wanted.since if state.wanted else None
    return vps.OperationStarted(
        **state.ids(command.now),
        operation_id=command.operation_id,
        kind=upcoming.kind,
        generation=generation,
        external_name=called.name,
        labels=called.labels,
        due_from=upcoming.due_at or since,
    )


def step_of(kind: OperationKind) -> str:
    match kind:
        case OperationKind.CREATE:
            return "create"
        case OperationKind.DELETE:
            return "delete"
        case OperationKind.SUSPEND:
            return "power_off"
        case OperationKind.RESUME:
            return "power_on"


def next_step(operation: Operation, state: Vps) -> str:
    """What goes out next: a creation goes on from whatever exists already."""
    if operation.discarding:
        return "delete"
    if operation.kind is OperationKind.CREATE and state.server is not None:
        return "power_on"
    return "adopt" if operation.adopting is not None else step_of(operation.kind)


def region_of(state: Vps, number: int) -> str | None:
    regions = state.spec.regions if state.spec else ()
    return regions[number % len(regions)] if regions else None


def _going_out(
    command: Begin | Attempt,
    state: Vps,
    operation_id: str,
    number_and_step: tuple[int, str],
    region: str | None,
) -> vps.AttemptStarted:
    number, step = number_and_step
    return vps.AttemptStarted(
        **state.ids(command.now),
        operation_id=operation_id,
        attempt=number,
        step=step,
        region=region,
        not_after=command.not_after,
    )


def _attempt(command: Attempt, state: Vps) -> Sequence[VpsEvent]:
    operation = state.operation
    if operation is None or not isinstance(operation.phase, Waiting) or state.held:
        return []
    if operation.phase.until > command.now or not has_key(operation, command.now):
        return []
    step = next_step(operation, state)
    region = region_of(state, operation.region) if step == "create" else None
    return [_going_out(command, state, operation.id, (operation.attempts + 1, step), region)]


def _withhold(command: Withhold, state: Vps) -> Sequence[VpsEvent]:
    known = state.withheld
    if known is not None and (known.kind, known.why) == (command.kind, command.why):
        return []
    withheld = vps.OperationWithheld(
        **state.ids(command.now), kind=command.kind, why=command.why, retry_at=command.retry_at
    )
    return [withheld]


def _conclude(command: Conclude, state: Vps) -> Sequence[VpsEvent]:
    operation, now = state.operation, command.now
    if operation is None or not isinstance(operation.phase, Calling):
        return []
    calling = operation.phase
    if (operation.id, calling.attempt) != (command.operation_id, command.attempt):
        return []
    about = {
        **state.ids(now),
        "operation_id": operation.id,
        "attempt": calling.attempt,
        "step": calling.step,
    }
    match command.outcome:
        case Accepted(provider_id=provider_id, action_ids=action_ids):
            accepted = vps.AttemptAccepted(**about, provider_id=provider_id, action_ids=action_ids)
            return [accepted]
        case Doubtful(fault=fault):
            soon = now + _FIRST_LOOK
            return [vps.AttemptOutcomeUnknown(**about, fault=fault, poll_at=soon)]
        case Failure(fault=fault) if fault.kind is FaultKind.CONFLICT and calling.step == "create":
            # The name is taken: by an earlier attempt of ours, most likely. Look, then decide.
            return [vps.AttemptOutcomeUnknown(**about, fault=fault, poll_at=now)]
        case Failure() as failure:
            return failed(failure, state, operation, now)


def failed(failure: Failure, state: Vps, operation: Operation, now: datetime) -> Sequence[VpsEvent]:
    """Tried again later, in the next region, or parked after the last attempt."""
    phase, fault = operation.phase, failure.fault
    retry_at = _retry_at(failure, state, operation, now)
    event = vps.AttemptFailed(
        **state.ids(now),
        operation_id=operation.id,
        attempt=operation.attempts,
        step=getattr(phase, "step", step_of(operation.kind)),
        region=getattr(phase, "region", None),
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
