"""From a due operation to one call and its answer (pure).

`worker` appends `Begin` or `Attempt` before it calls the provider, and the answer afterwards.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from slipway.contracts import vps
from slipway.contracts.vps import (
    AttemptStep,
    Fault,
    FaultKind,
    OperationKind,
    VpsEvent,
    WithheldReason,
)
from slipway.provisioner.vps.entitlement import followed_up
from slipway.provisioner.vps.failures import Failure, failed
from slipway.provisioner.vps.naming import external_name
from slipway.provisioner.vps.operation import Errand, Next, errand, has_key, next_operation
from slipway.provisioner.vps.operation_fold import step_of
from slipway.provisioner.vps.state import (
    Calling,
    EventIds,
    Operation,
    Vps,
    Waiting,
)

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
    reason: WithheldReason
    retry_at: datetime | None


@dataclass(frozen=True)
class Accepted:
    provider_id: str | None
    action_ids: tuple[str, ...] = ()


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


class _AttemptIds(EventIds):
    operation_id: str
    attempt: int
    step: AttemptStep


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
    region = region_of(state, 0) if step is AttemptStep.CREATE else None
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


def next_step(operation: Operation, state: Vps) -> AttemptStep:
    """What goes out next: a creation goes on from whatever exists already."""
    if operation.discarding:
        return AttemptStep.DELETE
    if operation.kind is OperationKind.CREATE and state.server is not None:
        return AttemptStep.POWER_ON
    return AttemptStep.ADOPT if operation.adopting is not None else step_of(operation.kind)


def region_of(state: Vps, number: int) -> str | None:
    regions = state.spec.regions if state.spec else ()
    return regions[number % len(regions)] if regions else None


def _going_out(
    command: Begin | Attempt,
    state: Vps,
    operation_id: str,
    number_and_step: tuple[int, AttemptStep],
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
    region = region_of(state, operation.region) if step is AttemptStep.CREATE else None
    return [_going_out(command, state, operation.id, (operation.attempts + 1, step), region)]


def _withhold(command: Withhold, state: Vps) -> Sequence[VpsEvent]:
    known = state.withheld
    if known is not None and (known.kind, known.reason) == (command.kind, command.reason):
        return []
    withheld = vps.OperationWithheld(
        **state.ids(command.now),
        kind=command.kind,
        reason=command.reason,
        retry_at=command.retry_at,
    )
    return [withheld]


def _conclude(command: Conclude, state: Vps) -> Sequence[VpsEvent]:
    operation, now = state.operation, command.now
    if operation is None or not isinstance(operation.phase, Calling):
        return []
    calling = operation.phase
    if (operation.id, calling.attempt) != (command.operation_id, command.attempt):
        return []
    about: _AttemptIds = {
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
        case Failure(fault=fault) if (
            fault.kind is FaultKind.CONFLICT and calling.step is AttemptStep.CREATE
        ):
            # The name is taken: by an earlier attempt of ours, most likely. Look, then decide.
            return [vps.AttemptOutcomeUnknown(**about, fault=fault, poll_at=now)]
        case Failure() as failure:
            return failed(failure, state, operation, calling, now)
