"""Decides the start and the result of one attempt of an operation (pure).

The worker sends `StartAttempt` before it calls the provider and `ConcludeAttempt` after the call.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from slipway.contracts import vps
from slipway.contracts.vps import AttemptStep, Fault, FaultKind, OperationKind, VpsEvent
from slipway.provisioner.vps.confirmation import is_confirmed
from slipway.provisioner.vps.operation.failures import AttemptIds, Failure, attempt_failed
from slipway.provisioner.vps.operation.state import Calling, Operation, Waiting
from slipway.provisioner.vps.operation.supersession import is_superseded, superseded
from slipway.provisioner.vps.state import Vps

_FIRST_POLL = timedelta(seconds=1)


@dataclass(frozen=True)
class StartAttempt:
    now: datetime
    not_after: datetime


@dataclass(frozen=True)
class Accepted:
    provider_id: str | None
    action_ids: tuple[str, ...] = ()


@dataclass(frozen=True)
class NoClearAnswer:
    """The outcome is unknown.

    The answer is missing or unclear, or the worker died before recording it.
    """

    fault: Fault


@dataclass(frozen=True)
class ConcludeAttempt:
    """Records the result of one attempt. Ignored if the attempt is not the current one (H4)."""

    now: datetime
    operation_id: str
    attempt: int
    result: Accepted | Failure | NoClearAnswer


def start_attempt(command: StartAttempt, state: Vps) -> Sequence[VpsEvent]:
    operation = state.operation
    if operation is None or not isinstance(operation.phase, Waiting) or state.held:
        return []
    if is_superseded(state, command.now):
        return [superseded(operation, state, command.now)]
    if operation.phase.until > command.now or not is_confirmed(state, command.now):
        return []
    step = _step_of(operation, state)
    attempt = attempt_started(
        state,
        operation.id,
        (operation.attempts + 1, step),
        region_at(state, operation.region_index) if step is AttemptStep.CREATE else None,
        now=command.now,
        not_after=command.not_after,
    )
    return [attempt]


def attempt_started(
    state: Vps,
    operation_id: str,
    number_and_step: tuple[int, AttemptStep],
    region: str | None,
    *,
    now: datetime,
    not_after: datetime,
) -> vps.AttemptStarted:
    number, step = number_and_step
    return vps.AttemptStarted(
        **state.event_ids(now),
        operation_id=operation_id,
        attempt=number,
        step=step,
        region=region,
        not_after=not_after,
    )


def conclude_attempt(command: ConcludeAttempt, state: Vps) -> Sequence[VpsEvent]:
    operation, now = state.operation, command.now
    if operation is None or not isinstance(operation.phase, Calling):
        return []
    calling = operation.phase
    if (operation.id, calling.attempt) != (command.operation_id, command.attempt):
        return []
    ids: AttemptIds = {
        **state.event_ids(now),
        "operation_id": operation.id,
        "attempt": calling.attempt,
        "step": calling.step,
    }
    match command.result:
        case Accepted(provider_id=provider_id, action_ids=action_ids):
            return [vps.AttemptAccepted(**ids, provider_id=provider_id, action_ids=action_ids)]
        case NoClearAnswer(fault=fault):
            poll_at = now + _FIRST_POLL
            return [vps.AttemptOutcomeUnknown(**ids, fault=fault, poll_at=poll_at)]
        case Failure(fault=fault) if _is_name_taken(fault, calling):
            return [vps.AttemptOutcomeUnknown(**ids, fault=fault, poll_at=now)]
        case Failure() as failure:
            return attempt_failed(failure, state, operation, calling, now)


def _is_name_taken(fault: Fault, calling: Calling) -> bool:
    """Returns whether a creation failed because its server name is already used.

    An earlier attempt of ours has probably created that server, so a lookup decides.
    """
    return fault.kind is FaultKind.CONFLICT and calling.step is AttemptStep.CREATE


def first_step(kind: OperationKind) -> AttemptStep:
    match kind:
        case OperationKind.CREATE:
            return AttemptStep.CREATE
        case OperationKind.DELETE:
            return AttemptStep.DELETE
        case OperationKind.SUSPEND:
            return AttemptStep.POWER_OFF
        case OperationKind.RESUME:
            return AttemptStep.POWER_ON


def _step_of(operation: Operation, state: Vps) -> AttemptStep:
    """Returns the call to make next.

    A creation that already has a server continues with power-on.
    """
    if operation.discarding:
        return AttemptStep.DELETE
    if operation.kind is OperationKind.CREATE and state.server is not None:
        return AttemptStep.POWER_ON
    return AttemptStep.ADOPT if operation.adopting is not None else first_step(operation.kind)


def region_at(state: Vps, index: int) -> str | None:
    regions = state.spec.regions if state.spec else ()
    return regions[index % len(regions)] if regions else None
