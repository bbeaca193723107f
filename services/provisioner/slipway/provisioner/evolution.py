"""What each event means for the state of a Vps (pure). Only `vps.DECIDER` calls it."""

from dataclasses import replace
from datetime import datetime
from typing import Any

from slipway.contracts import vps
from slipway.contracts.commands import CommandRefused
from slipway.contracts.envelope import Event
from slipway.contracts.vps import Fault, FaultKind, FaultScope, OperationKind
from slipway.provisioner.state import (
    AskingRelease,
    Calling,
    Doubting,
    Key,
    Operation,
    Order,
    Parked,
    Phase,
    Power,
    Server,
    Stalled,
    Vps,
    Waiting,
    Wanted,
    Watching,
    Withheld,
)

REMEMBERED_COMMANDS = 64


def evolve(state: Vps, event: Event) -> Vps:
    at = getattr(event, "at", None) or state.at
    state = replace(state, seq=state.seq + 1, at=at)
    command_id = getattr(event, "command_id", None)
    if command_id is not None:
        remembered = (*state.commands, command_id)[-REMEMBERED_COMMANDS:]
        state = replace(state, commands=remembered)
    match event:
        case CommandRefused():
            return state
        case vps.VpsRequested() | vps.VpsWanted() | vps.EntitlementConfirmed():
            return _entitled(state, event)
        case vps.VpsEvent() if type(event) in _PROOFS:
            return _proven(state, event)
        case vps.VpsEvent() if type(event) in _SURROUNDINGS:
            return _surrounded(state, event)
        case vps.OperationStarted():
            return _started(state, event)
        case vps.VpsEvent() if state.operation is not None:
            return _advanced(state, state.operation, event)
        case _:
            raise TypeError(f"{type(event).__name__} is no event of this VPS as it stands")


def _entitled(
    state: Vps, event: vps.VpsRequested | vps.VpsWanted | vps.EntitlementConfirmed
) -> Vps:
    match event:
        case vps.VpsRequested():
            return replace(
                state,
                vps_id=event.vps_id,
                subscription_id=event.subscription_id,
                location_id=event.location_id,
                contact_id=event.contact_id,
                spec=event.spec,
            )
        case vps.EntitlementConfirmed():
            return replace(state, source=event.source)
        case vps.VpsWanted():
            wanted = Wanted(
                desired=event.desired,
                plan=event.plan,
                since=event.wanted_since,
                suspend_at=event.suspend_at,
                delete_at=event.delete_at,
                seq=state.seq,
                correlation_id=event.correlation_id,
                traceparent=event.traceparent,
            )
            return replace(
                state,
                wanted=wanted,
                source=event.source,
                order=None,
                creation_ordered=False,
                decrease=None,
                withheld=None,
            )


_PROOFS = (vps.VpsReady, vps.VpsSuspended, vps.VpsResumed, vps.VpsDeleted)


def _proven(state: Vps, event: vps.VpsEvent) -> Vps:
    done = replace(state, operation=None, withheld=None)
    match event, state.server:
        case vps.VpsReady(provider_id=id_, generation=generation, ipv4=ipv4), _:
            name = state.server.name if state.server else _name(state)
            server = Server(id_, generation, name, Power.ON, ready=True, ipv4=ipv4)
            return replace(done, server=server, creation_ordered=False, drifts=(), discarded=0)
        case vps.VpsDeleted(), _:
            return replace(done, server=None, drifts=())
        case vps.VpsSuspended(), Server() as server:
            return replace(done, server=replace(server, power=Power.OFF))
        case vps.VpsResumed(ipv4=ipv4), Server() as server:
            return replace(done, server=replace(server, power=Power.ON, ipv4=ipv4))
        case _:
            raise TypeError(f"{type(event).__name__} of a VPS without a server")


def _name(state: Vps) -> str:
    return "" if state.operation is None else state.operation.name


_SURROUNDINGS = (
    vps.OperationWithheld,
    vps.WithholdingEnded,
    vps.VpsHeld,
    vps.VpsHoldLifted,
    vps.VpsIgnored,
    vps.VpsDrifted,
    vps.VpsDriftEnded,
    vps.DeletionOrdered,
    vps.CreationOrdered,
    vps.ServerAdopted,
    vps.QuantityDecreaseReferred,
)


def _surrounded(state: Vps, event: vps.VpsEvent) -> Vps:  # noqa: C901, PLR0911 - a table of events, one line each
    match event:
        case vps.OperationWithheld(kind=kind, why=why, retry_at=retry_at):
            return replace(state, withheld=Withheld(kind, why, retry_at))
        case vps.WithholdingEnded():
            return replace(state, withheld=None)
        case vps.VpsHeld():
            return replace(state, held=True)
        case vps.VpsHoldLifted():
            return replace(state, held=False, withheld=None)
        case vps.VpsIgnored():
            return replace(state, ignored=True, operation=None)
        case vps.VpsDrifted(drift=drift):
            return replace(state, drifts=(*state.drifts, drift))
        case vps.VpsDriftEnded(drift=drift):
            return replace(state, drifts=tuple(each for each in state.drifts if each != drift))
        case vps.DeletionOrdered(overridden=overridden):
            return replace(state, order=Order(overridden), withheld=None)
        case vps.CreationOrdered():
            return replace(state, creation_ordered=True, order=None, withheld=None)
        case vps.QuantityDecreaseReferred(quantity=quantity):
            return replace(state, decrease=quantity)
        case vps.ServerAdopted():
            return replace(state, withheld=None)
        case _:
            raise TypeError(f"{type(event).__name__} surrounds no VPS")


def _started(state: Vps, event: vps.OperationStarted) -> Vps:
    operation = Operation(
        id=event.operation_id,
        kind=event.kind,
        generation=event.generation,
        name=event.external_name,
        phase=Waiting(_at(state)),
        by_person=state.creation_ordered or state.order is not None,
        adopting=event.adopting,
    )
    server, drifts = state.server, state.drifts
    if event.kind is OperationKind.CREATE:
        server, drifts = None, ()  # whatever was there is known to be gone
    if state.order is not None and state.order.overridden:
        operation = replace(operation, key=Key(_at(state), by_person=True))
    return replace(
        state,
        operation=operation,
        server=server,
        drifts=drifts,
        generation=max(state.generation, event.generation),
        withheld=None,
    )


def _advanced(state: Vps, operation: Operation, event: vps.VpsEvent) -> Vps:  # noqa: C901, PLR0911 - a table of events, one line each
    match event:
        case vps.AttemptStarted():
            calling = Calling(event.attempt, event.step, event.not_after, event.region)
            moved = replace(state, withheld=None)
            return _in(moved, operation, calling, attempts=event.attempt, acknowledged=False)
        case vps.AttemptAccepted():
            return _accepted(state, operation, event)
        case vps.AttemptFailed():
            return _failed(state, operation, event)
        case vps.AttemptOutcomeUnknown():
            return _in(state, operation, Doubting(event.step, _at(state), 0, event.look_at))
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
            return _in(retried, operation, Waiting(_at(state)), failures=0, region=0)
        case vps.OperationResolvedByHand():
            step = operation.kind.value
            looking = Doubting(step, _at(state), 0, _at(state), by_hand=True)
            return _in(state, operation, looking, by_person=True)
        case vps.OperationOvertaken():
            return replace(state, operation=None, withheld=None)
        case _:
            return _released(state, operation, event)


def _released(state: Vps, operation: Operation, event: vps.VpsEvent) -> Vps:
    match event:
        case vps.ReleaseRequested(nonce=nonce, requested_at=asked_at):
            before = operation.phase
            asked = AskingRelease(nonce, asked_at, 1, asked_at)
            if isinstance(before, AskingRelease):
                asked = replace(asked, asks=before.asks + 1, first_asked_at=before.first_asked_at)
            return _in(state, operation, asked, key=None)
        case vps.ReleaseAnswered():
            answered = state
            if event.answer == "paying" and state.order is not None:
                answered = replace(answered, order=None)
            asking = operation.phase
            if event.answer != "gone" or not isinstance(asking, AskingRelease):
                return answered
            key = Key(asking.asked_at, by_person=False)
            return _in(answered, operation, Waiting(_at(state)), key=key)
        case vps.ReleaseStalled():
            return _in(state, operation, Stalled())
        case vps.VpsReleased():
            key = Key(_at(state), by_person=True)
            return _in(state, operation, Waiting(_at(state)), key=key)
        case _:
            raise TypeError(f"{type(event).__name__} is no event of an operation")


def _accepted(state: Vps, operation: Operation, event: vps.AttemptAccepted) -> Vps:
    deleting = event.step == "delete"
    watching = Watching(event.attempt, event.step, _at(state), action_ids=event.action_ids)
    if event.provider_id is not None and state.server is None:
        state = replace(state, server=_found(operation, event.provider_id))
    return _in(state, operation, watching, acknowledged=deleting)


def _found(operation: Operation, provider_id: str) -> Server:
    return Server(provider_id, operation.generation, operation.name, Power.UNKNOWN)


def _failed(state: Vps, operation: Operation, event: vps.AttemptFailed) -> Vps:
    region = operation.region
    if event.fault.kind is FaultKind.CAPACITY:
        region += 1
    if event.fault.code == "vanished":
        state = replace(state, server=None)  # taken, then gone before it was ever ready
    waiting = Waiting(event.retry_at or _at(state))
    counted = int(counts(event.fault))
    return _in(state, operation, waiting, failures=operation.failures + counted, region=region)


def counts(fault: Fault) -> bool:
    """Whether a fault uses up an attempt: what stops a whole account is nobody's fault (H31)."""
    return fault.scope is FaultScope.OPERATION and fault.kind is not FaultKind.RATE_LIMITED


def _looked_up(state: Vps, operation: Operation, event: vps.ServerLookedUp) -> Vps:
    if event.provider_id is not None:
        state = replace(state, server=_found(operation, event.provider_id))
        step = getattr(operation.phase, "step", operation.kind.value)
        watching = Watching(operation.attempts, step, _at(state))
        return _in(state, operation, watching)
    phase = operation.phase
    if isinstance(phase, Doubting):
        look_at = event.look_at or phase.look_at
        return _in(state, operation, replace(phase, looks=event.looks, look_at=look_at))
    if isinstance(phase, Watching):
        return _in(state, operation, replace(phase, looks=event.looks, look_at=event.look_at))
    raise TypeError("a look-up of an operation that looks for nothing")


def _in(state: Vps, operation: Operation, phase: Phase, **changes: Any) -> Vps:
    return replace(state, operation=replace(operation, phase=phase, **changes))


def _at(state: Vps) -> datetime:
    assert state.at is not None  # noqa: S101 - every event of an operation brings its time
    return state.at
