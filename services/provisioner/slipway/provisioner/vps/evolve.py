"""Folds each event into the state of a Vps (pure). `decider` and `follow_up` use it."""

from dataclasses import replace

from slipway.contracts import vps
from slipway.contracts.commands import CommandRefused
from slipway.contracts.envelope import Event
from slipway.provisioner.vps.operation.evolve import evolve_operation, evolve_started
from slipway.provisioner.vps.state import (
    DeletionRequest,
    DesiredState,
    KnownServer,
    Power,
    Vps,
    Withheld,
)


def evolve(state: Vps, event: Event) -> Vps:
    state = replace(state, version=state.version + 1)
    if isinstance(event, vps.AdminVpsEvent | CommandRefused):
        state = replace(state, answered=state.answered.plus(event.command_id))
    if isinstance(event, CommandRefused):
        return state
    if not isinstance(event, vps.VpsEvent):
        raise TypeError(f"{type(event).__name__} is no event of a VPS")
    return _evolve(replace(state, decided_at=event.decided_at or state.decided_at), event)


def _evolve(state: Vps, event: vps.VpsEvent) -> Vps:  # noqa: PLR0911 - a table of events, one line each
    match event:
        case vps.VpsRequested() | vps.DesiredStateChanged() | vps.EntitlementConfirmed():
            return _entitled(state, event)
        case vps.VpsReady() | vps.VpsSuspended() | vps.VpsResumed() | vps.VpsDeleted():
            return _proven(state, event)
        case vps.OperationStarted():
            return evolve_started(state, event)
        case vps.OperationWithheld(kind=kind, reason=reason, retry_at=retry_at):
            return replace(state, withheld=Withheld(kind, reason, retry_at))
        case vps.WithholdingEnded():
            return replace(state, withheld=None)
        case vps.VpsDrifted(drift=drift):
            return replace(state, drifts=(*state.drifts, drift))
        case vps.VpsDriftEnded(drift=drift):
            return replace(state, drifts=tuple(each for each in state.drifts if each != drift))
        case _:
            return _evolve_request(state, event)


def _evolve_request(state: Vps, event: vps.VpsEvent) -> Vps:  # noqa: C901, PLR0911 - the same
    """Folds the requests of admins and `QuantityDecreaseReferred`.

    Passes all other events on to the operation.
    """
    match event:
        case vps.VpsHeld():
            return replace(state, held=True)
        case vps.VpsHoldReleased():
            return replace(state, held=False, withheld=None)
        case vps.VpsIgnored():
            return replace(state, ignored=True, operation=None)
        case vps.DeletionRequested(overridden=overridden, command_id=command_id):
            request = DeletionRequest(overridden, command_id)
            return replace(state, deletion_request=request, withheld=None)
        case vps.CreationRequested():
            return replace(state, creation_requested=True, deletion_request=None, withheld=None)
        case vps.ServerAdopted():
            return replace(state, withheld=None)
        case vps.SwitchOnRequested() if state.server is not None:
            off = replace(state.server, power=Power.OFF)  # as the provider shows it
            return replace(state, server=off, withheld=None)
        case vps.QuantityDecreaseReferred(quantity=quantity):
            return replace(state, referred_quantity=quantity)
        case _ if state.operation is not None:
            return evolve_operation(state, state.operation, event)
        case _:
            raise TypeError(f"{type(event).__name__} needs an operation")


def _entitled(
    state: Vps, event: vps.VpsRequested | vps.DesiredStateChanged | vps.EntitlementConfirmed
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
        case vps.DesiredStateChanged():
            return replace(
                state,
                desired_state=_desired_state(state, event),
                source=event.source,
                deletion_request=None,
                creation_requested=False,
                absence_proven=False,
                referred_quantity=None,
                withheld=None,
            )


def _desired_state(state: Vps, event: vps.DesiredStateChanged) -> DesiredState:
    return DesiredState(
        desired=event.desired,
        plan=event.plan,
        since=event.desired_since,
        suspend_at=event.suspend_at,
        delete_at=event.delete_at,
        version=state.version,
        correlation_id=event.correlation_id,
        traceparent=event.traceparent,
    )


def _proven(
    state: Vps, event: vps.VpsReady | vps.VpsSuspended | vps.VpsResumed | vps.VpsDeleted
) -> Vps:
    done = replace(state, operation=None, withheld=None)
    match event, state.server:
        case vps.VpsReady(), _:
            return replace(
                done,
                server=_ready(state, event),
                creation_requested=False,
                drifts=(),
                discarded_servers=0,
            )
        case vps.VpsDeleted(), _:
            return replace(done, server=None, drifts=(), absence_proven=True)
        case vps.VpsSuspended(), KnownServer() as server:
            return replace(done, server=replace(server, power=Power.OFF))
        case vps.VpsResumed(ipv4=ipv4), KnownServer() as server:
            return replace(done, server=replace(server, power=Power.ON, ipv4=ipv4, ready=True))
        case _:
            raise TypeError(f"{type(event).__name__} of a VPS without a server")


def _ready(state: Vps, event: vps.VpsReady) -> KnownServer:
    name = state.operation.name if state.operation else ""
    return KnownServer(
        event.provider_id,
        event.generation,
        state.server.name if state.server else name,
        Power.ON,
        ready=True,
        ipv4=event.ipv4,
    )
