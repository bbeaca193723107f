"""Folds the events of an operation, which move it from phase to phase (pure).

`vps.evolve` calls it.
"""

from dataclasses import replace
from datetime import datetime
from typing import Any

from slipway.contracts import vps
from slipway.contracts.subscriptions import CheckAnswer
from slipway.contracts.vps import AttemptStep, Drift, FaultKind, FaultScope, OperationKind
from slipway.provisioner.vps.operation.attempts import first_step
from slipway.provisioner.vps.operation.failures import VANISHED, counts
from slipway.provisioner.vps.operation.state import (
    AwaitingRelease,
    Calling,
    Confirmation,
    Operation,
    Parked,
    Phase,
    Verifying,
    Waiting,
    Watching,
)
from slipway.provisioner.vps.state import KnownServer, Power, Vps


def evolve_started(state: Vps, event: vps.OperationStarted) -> Vps:
    request = state.deletion_request
    operation = Operation(
        id=event.operation_id,
        kind=event.kind,
        generation=event.generation,
        name=event.external_name,
        phase=Waiting(_at(state)),
        by_admin=state.creation_requested or request is not None or event.adopting is not None,
        adopting=event.adopting,
        region_index=state.discarded_servers if event.kind is OperationKind.CREATE else 0,
    )
    server, drifts = state.server, state.drifts
    if event.kind is OperationKind.CREATE:
        server, drifts = None, ()  # the previous server is missing
    if request is not None and request.overridden:
        operation = replace(operation, confirmation=Confirmation(_at(state), by_admin=True))
    return replace(
        state,
        operation=operation,
        server=server,
        replaced=state.server if server is None else None,
        drifts=drifts,
        generation=max(state.generation, event.generation),
        withheld=None,
    )


def evolve_operation(state: Vps, operation: Operation, event: vps.VpsEvent) -> Vps:  # noqa: C901, PLR0911 - a table of events, one line each
    match event:
        case vps.AttemptStarted():
            calling = Calling(event.attempt, event.step, event.not_after, event.region)
            going = replace(state, withheld=None, replaced=None)
            return _in_phase(
                going,
                operation,
                calling,
                attempts=event.attempt,
                acknowledged=False,
                confirmation=_after_use(operation.confirmation),
            )
        case vps.AttemptAccepted():
            return _accepted(state, operation, event)
        case vps.AttemptFailed():
            return _failed(state, operation, event)
        case vps.AttemptOutcomeUnknown(step=step, poll_at=poll_at, fault=fault):
            verifying = Verifying(step, _at(state), 0, poll_at, fault=fault)
            return _in_phase(state, operation, verifying)
        case vps.ServerLookedUp():
            return _looked_up(state, operation, event)
        case vps.ServerFailed():
            waiting = Waiting(_at(state))
            return _in_phase(
                state, operation, waiting, discarding=True, failures=0, failing_since=None
            )
        case vps.ServerDiscarded():
            discarded = state.discarded_servers + 1
            return replace(state, operation=None, server=None, discarded_servers=discarded)
        case vps.OperationParked(fault=fault):
            return _in_phase(state, operation, Parked(fault))
        case vps.OperationRetried():
            return _retried(state, operation)
        case vps.OperationResolvedManually():
            step, at = first_step(operation.kind), _at(state)
            verifying = Verifying(step, at, 0, at, resolved_manually=True)
            return _in_phase(state, operation, verifying, by_admin=True)
        case vps.OperationSuperseded():
            return _superseded(state)
        case _:
            return _evolve_release(state, operation, event)


def _superseded(state: Vps) -> Vps:
    """Restores the missing server if its re-creation was never sent."""
    ended = replace(state, operation=None, withheld=None, replaced=None)
    if state.replaced is None:
        return ended
    return replace(ended, server=state.replaced, drifts=(Drift.MISSING,))


def _evolve_release(state: Vps, operation: Operation, event: vps.VpsEvent) -> Vps:
    match event:
        case vps.ReleaseRequested(nonce=nonce, requested_at=requested_at):
            awaiting = AwaitingRelease(nonce, requested_at, 1, requested_at)
            before = operation.phase
            if isinstance(before, AwaitingRelease):
                awaiting = replace(
                    before, nonce=nonce, requested_at=requested_at, requests=before.requests + 1
                )
            return _in_phase(state, operation, awaiting, confirmation=None)
        case vps.ReleaseAnswered():
            return _answered(state, operation, event)
        case vps.ReleaseStalled() if isinstance(operation.phase, AwaitingRelease):
            return _in_phase(state, operation, replace(operation.phase, stalled=True))
        case vps.VpsReleased():
            given = Confirmation(_at(state), by_admin=True)
            return _in_phase(state, operation, Waiting(_at(state)), confirmation=given)
        case _:
            raise TypeError(f"{type(event).__name__} is no event of an operation")


def _after_use(confirmation: Confirmation | None) -> Confirmation | None:
    """Returns the confirmation after an attempt: None, unless an admin gave it (H33)."""
    by_admin = confirmation is not None and confirmation.by_admin
    return confirmation if by_admin else None


def _answered(state: Vps, operation: Operation, event: vps.ReleaseAnswered) -> Vps:
    awaiting = operation.phase
    if event.answer is CheckAnswer.CONTRADICTED:
        return replace(state, deletion_request=None)
    if event.answer is not CheckAnswer.CONFIRMED or not isinstance(awaiting, AwaitingRelease):
        return state
    given = Confirmation(awaiting.requested_at, by_admin=False)
    return _in_phase(state, operation, Waiting(_at(state)), confirmation=given)


def _accepted(state: Vps, operation: Operation, event: vps.AttemptAccepted) -> Vps:
    watching = Watching(event.attempt, event.step, _at(state), action_ids=event.action_ids)
    if event.provider_id is not None and state.server is None:
        state = replace(state, server=_found(operation, event.provider_id))
    deleting = event.step is AttemptStep.DELETE
    return _in_phase(state, operation, watching, acknowledged=deleting, account_failures=0)


def _found(operation: Operation, provider_id: str) -> KnownServer:
    return KnownServer(provider_id, operation.generation, operation.name, Power.UNKNOWN)


def _failed(state: Vps, operation: Operation, event: vps.AttemptFailed) -> Vps:
    if event.fault.code == VANISHED:
        state = replace(state, server=None)  # accepted, then gone before it was ever ready
    failures, account_failures = operation.failures, operation.account_failures
    failing_since = operation.failing_since
    if counts(event.fault):
        failures += 1
        failing_since = failing_since or _at(state)
    elif event.fault.scope is FaultScope.ACCOUNT and event.fault.kind is not FaultKind.RATE_LIMITED:
        account_failures += 1
    next_region = event.fault.kind is FaultKind.CAPACITY
    return _in_phase(
        state,
        operation,
        Waiting(event.retry_at or _at(state)),
        failures=failures,
        failing_since=failing_since,
        account_failures=account_failures,
        region_index=operation.region_index + next_region,
    )


def _retried(state: Vps, operation: Operation) -> Vps:
    return _in_phase(
        replace(state, withheld=None),
        operation,
        Waiting(_at(state)),
        failures=0,
        failing_since=None,
        account_failures=0,
        region_index=0,
    )


def _looked_up(state: Vps, operation: Operation, event: vps.ServerLookedUp) -> Vps:
    phase = operation.phase
    if not isinstance(phase, Watching | Verifying):
        raise TypeError("a lookup for an operation that polls nothing")
    if event.provider_id is not None:
        state = replace(state, server=_found(operation, event.provider_id))
        return _in_phase(state, operation, Watching(operation.attempts, phase.step, _at(state)))
    match phase:
        case Verifying():
            poll_at = event.poll_at or phase.poll_at
            return _in_phase(
                state, operation, replace(phase, lookups=event.lookups, poll_at=poll_at)
            )
        case Watching():
            watching = replace(phase, lookups=event.lookups, poll_at=event.poll_at)
            return _in_phase(state, operation, watching)


def _in_phase(state: Vps, operation: Operation, phase: Phase, **changes: Any) -> Vps:
    return replace(state, operation=replace(operation, phase=phase, **changes))


def _at(state: Vps) -> datetime:
    assert state.decided_at is not None  # noqa: S101 - every event of an operation carries a time
    return state.decided_at
