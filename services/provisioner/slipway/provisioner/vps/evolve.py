"""What each event means for the state of a Vps (pure). `advancing` knows those of an operation.

`vps.VPS` folds with it, and the tables look ahead with it.
"""

from dataclasses import replace

from slipway.contracts import vps
from slipway.contracts.commands import CommandRefused
from slipway.contracts.envelope import Event
from slipway.provisioner.vps.operation_fold import advanced, started
from slipway.provisioner.vps.state import Order, Power, Server, Vps, Wanted, Withheld


def evolve(state: Vps, event: Event) -> Vps:
    return _evolve(_counted(state, event), event)


def _counted(state: Vps, event: Event) -> Vps:
    state = replace(state, seq=state.seq + 1)
    if isinstance(event, vps.VpsEvent):
        state = replace(state, at=event.decided_at or state.at)
    if isinstance(event, vps.AdminVpsEvent | CommandRefused):
        state = replace(state, answered=state.answered.plus(event.command_id))
    return state


def _evolve(state: Vps, event: Event) -> Vps:
    match event:
        case CommandRefused():
            return state
        case vps.VpsRequested() | vps.DesiredStateChanged() | vps.EntitlementConfirmed():
            return _entitled(state, event)
        case vps.VpsEvent() if type(event) in _PROOFS:
            return _proven(state, event)
        case vps.VpsEvent() if type(event) in _SURROUNDINGS:
            return _surrounded(state, event)
        case vps.OperationStarted():
            return started(state, event)
        case vps.VpsEvent() if state.operation is not None:
            return advanced(state, state.operation, event)
        case _:
            raise TypeError(f"{type(event).__name__} is no event of this VPS as it stands")


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
            wanted = Wanted(
                desired=event.desired,
                plan=event.plan,
                since=event.desired_since,
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
            on = replace(server, power=Power.ON, ipv4=ipv4, ready=True)
            return replace(done, server=on)
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
    vps.DeletionRequested,
    vps.CreationRequested,
    vps.ServerAdopted,
    vps.QuantityDecreaseReferred,
)


def _surrounded(state: Vps, event: vps.VpsEvent) -> Vps:  # noqa: C901, PLR0911 - a table of events, one line each
    match event:
        case vps.OperationWithheld(kind=kind, reason=reason, retry_at=retry_at):
            return replace(state, withheld=Withheld(kind, reason, retry_at))
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
        case vps.DeletionRequested(overridden=overridden):
            return replace(state, order=Order(overridden), withheld=None)
        case vps.CreationRequested():
            return replace(state, creation_ordered=True, order=None, withheld=None)
        case vps.QuantityDecreaseReferred(quantity=quantity):
            return replace(state, decrease=quantity)
        case vps.ServerAdopted():
            return replace(state, withheld=None)
        case _:
            raise TypeError(f"{type(event).__name__} surrounds no VPS")
