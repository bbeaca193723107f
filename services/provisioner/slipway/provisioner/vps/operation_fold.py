"""How an operation's own events move it from phase to phase (pure). `evolution` calls it."""

from dataclasses import replace
from datetime import datetime
from typing import Any

from slipway.contracts import vps
from slipway.contracts.subscriptions import CheckAnswer
from slipway.contracts.vps import AttemptStep, Fault, FaultKind, FaultScope, OperationKind
from slipway.provisioner.vps.state import (
    AskingRelease,
    Calling,
    Doubting,
    Key,
    Operation,
    Parked,
    Phase,
    Power,
    Server,
    Vps,
    Waiting,
    Watching,
)


def step_of(kind: OperationKind) -> AttemptStep:
    match kind:
        case OperationKind.CREATE:
            return AttemptStep.CREATE
        case OperationKind.DELETE:
            return AttemptStep.DELETE
        case OperationKind.SUSPEND:
            return AttemptStep.POWER_OFF
        case OperationKind.RESUME:
            return AttemptStep.POWER_ON


def started(state: Vps, event: vps.OperationStarted) -> Vps:
    operation = Operation(
        id=event.operation_id,
        kind=event.kind,
        generation=event.generation,
        name=event.external_name,
        phase=Waiting(_at(state)),
        by_admin=state.creation_ordered or state.order is not None or event.adopting is not None,
        adopting=event.adopting,
    )
    server, drifts = state.server, state.drifts
    if event.kind is OperationKind.CREATE:
        server, drifts = None, ()  # whatever was there is known to be gone
    if state.order is not None and state.order.overridden:
        operation = replace(operation, key=Key(_at(state), by_admin=True))
    return replace(
        state,
        operation=operation,
        server=server,
        drifts=drifts,
        generation=max(state.generation, event.generation),
        withheld=None,
    )


def advanced(state: Vps, operation: Operation, event: vps.VpsEvent) -> Vps:  # noqa: C901, PLR0911 - a table of events, one line each
    match event:
        case vps.AttemptStarted():
            calling = Calling(event.attempt, event.step, event.not_after, event.region)
            moved = replace(state, withheld=None)
            return _in(moved, operation, calling, attempts=event.attempt, acknowledged=False)
        case vps.AttemptAccepted():
            return _accepted(state, operation, event)
        case vps.AttemptFailed():
            return _failed(state, operation, event)
        case vps.AttemptOutcomeUnknown(step=step, poll_at=poll_at, fault=fault):
            doubting = Doubting(step, _at(state), 0, poll_at, fault=fault)
            return _in(state, operation, doubting)
        case vps.ServerLookedUp():
            return _looked_up(state, operation, event)
        case vps.ServerFailed():
            waiting = Waiting(_at(state))
            return _in(state, operation, waiting, discarding=True, failures=0)
        case vps.ServerDiscarded():
            return replace(state, operation=None, server=None, discarded=state.discarded + 1)
        case vps.OperationParked(fault=fault):
            return _in(state, operation, Parked(fault))
        case vps.OperationRetried():
            retried = replace(state, withheld=None)
            waiting = Waiting(_at(state))
            return _in(retried, operation, waiting, failures=0, setbacks=0, region=0)
        case vps.OperationResolvedManually():
            step = step_of(operation.kind)
            looking = Doubting(step, _at(state), 0, _at(state), by_hand=True)
            return _in(state, operation, looking, by_admin=True)
        case vps.OperationSuperseded():
            return replace(state, operation=None, withheld=None)
        case _:
            return _released(state, operation, event)


def _released(state: Vps, operation: Operation, event: vps.VpsEvent) -> Vps:
    match event:
        case vps.ReleaseRequested(nonce=nonce, requested_at=requested_at):
            before = operation.phase
            asked = AskingRelease(nonce, requested_at, 1, requested_at)
            if isinstance(before, AskingRelease):
                since, stalled = before.first_asked_at, before.stalled
                asks = before.asks + 1
                asked = replace(asked, asks=asks, first_asked_at=since, stalled=stalled)
            return _in(state, operation, asked, key=None)
        case vps.ReleaseAnswered():
            answered = state
            if event.answer is CheckAnswer.PAYING and state.order is not None:
                answered = replace(answered, order=None)
            asking = operation.phase
            if event.answer is not CheckAnswer.GONE or not isinstance(asking, AskingRelease):
                return answered
            key = Key(asking.requested_at, by_admin=False)
            return _in(answered, operation, Waiting(_at(state)), key=key)
        case vps.ReleaseStalled() if isinstance(operation.phase, AskingRelease):
            return _in(state, operation, replace(operation.phase, stalled=True))
        case vps.VpsReleased():
            key = Key(_at(state), by_admin=True)
            return _in(state, operation, Waiting(_at(state)), key=key)
        case _:
            raise TypeError(f"{type(event).__name__} is no event of an operation")


def _accepted(state: Vps, operation: Operation, event: vps.AttemptAccepted) -> Vps:
    deleting = event.step is AttemptStep.DELETE
    watching = Watching(event.attempt, event.step, _at(state), action_ids=event.action_ids)
    if event.provider_id is not None and state.server is None:
        state = replace(state, server=_found(operation, event.provider_id))
    return _in(state, operation, watching, acknowledged=deleting, setbacks=0)


def _found(operation: Operation, provider_id: str) -> Server:
    return Server(provider_id, operation.generation, operation.name, Power.UNKNOWN)


def _failed(state: Vps, operation: Operation, event: vps.AttemptFailed) -> Vps:
    region = operation.region
    if event.fault.kind is FaultKind.CAPACITY:
        region += 1
    if event.fault.code == "vanished":
        state = replace(state, server=None)  # taken, then gone before it was ever ready
    waiting = Waiting(event.retry_at or _at(state))
    failures, setbacks = operation.failures, operation.setbacks
    if counts(event.fault):
        failures += 1
    elif event.fault.kind is not FaultKind.RATE_LIMITED:
        setbacks += 1
    return _in(state, operation, waiting, failures=failures, setbacks=setbacks, region=region)


def counts(fault: Fault) -> bool:
    """Whether a fault uses up an attempt: what stops a whole account is nobody's fault (H31)."""
    return fault.scope is FaultScope.OPERATION and fault.kind is not FaultKind.RATE_LIMITED


def _looked_up(state: Vps, operation: Operation, event: vps.ServerLookedUp) -> Vps:
    phase = operation.phase
    if not isinstance(phase, Watching | Doubting):
        raise TypeError("a look-up of an operation that looks for nothing")
    if event.provider_id is not None:
        state = replace(state, server=_found(operation, event.provider_id))
        return _in(state, operation, Watching(operation.attempts, phase.step, _at(state)))
    match phase:
        case Doubting():
            poll_at = event.poll_at or phase.poll_at
            return _in(state, operation, replace(phase, lookups=event.lookups, poll_at=poll_at))
        case Watching():
            watched = replace(phase, lookups=event.lookups, poll_at=event.poll_at)
            return _in(state, operation, watched)


def _in(state: Vps, operation: Operation, phase: Phase, **changes: Any) -> Vps:
    return replace(state, operation=replace(operation, phase=phase, **changes))


def _at(state: Vps) -> datetime:
    assert state.at is not None  # noqa: S101 - every event of an operation brings its time
    return state.at
