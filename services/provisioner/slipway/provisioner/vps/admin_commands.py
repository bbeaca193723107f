"""What people order for one VPS (pure). Twice sent is once done; a stale page is refused (H21).

Every answer is an event: what was ordered, or a `CommandRefused` with a sentence for the person.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from slipway.contracts import commands, vps
from slipway.contracts.envelope import Event
from slipway.contracts.vps import Desired, Drift, OperationKind
from slipway.provisioner.vps.entitlement import followed_up
from slipway.provisioner.vps.naming import external_name
from slipway.provisioner.vps.operation import desired
from slipway.provisioner.vps.state import (
    AskingRelease,
    Calling,
    Doubting,
    EventIds,
    Operation,
    Parked,
    Vps,
    Waiting,
    Watching,
)

VpsCommand = (
    commands.RetryOperation
    | commands.ResolveManually
    | commands.CreateVps
    | commands.DeleteVps
    | commands.HoldVps
    | commands.LiftHold
    | commands.AdoptServer
    | commands.IgnoreVps
    | commands.ReleaseVps
)


@dataclass(frozen=True)
class Obey:
    now: datetime
    order: VpsCommand
    installation: str
    operation_id: str


class _Refused(Exception):
    """Carries the sentence for the person who clicked."""


def obey(command: Obey, state: Vps) -> Sequence[Event]:
    order = command.order
    if order.command_id in state.answered:
        return []
    try:
        _not_stale(order, state)
        return followed_up(list(_TABLE[type(order)](command, state)), state, command.now)
    except _Refused as refusal:
        refused = commands.CommandRefused(
            command_id=order.command_id, command_type=order.TYPE, reason=str(refusal)
        )
        return [refused]


def _not_stale(order: VpsCommand, state: Vps) -> None:
    changed = state.wanted.seq if state.wanted else 0
    if order.seen_version is not None and order.seen_version < changed:
        raise _Refused("The entitlement changed since your page was loaded: look again.")
    if state.ignored:
        raise _Refused("This VPS is ignored: Slipway doesn't manage it.")


class _AdminIds(EventIds):
    command_id: str
    actor: str
    reason: str


def _said(command: Obey, state: Vps) -> _AdminIds:
    order = command.order
    return {
        **state.ids(command.now),
        "command_id": order.command_id,
        "actor": order.actor,
        "reason": order.reason,
    }


def _retry(command: Obey, state: Vps) -> list[vps.VpsEvent]:
    operation = state.operation
    if operation is None or not _is_for_people(operation):
        raise _Refused("Nothing of this VPS is parked.")
    return [vps.OperationRetried(**_said(command, state), operation_id=operation.id)]


def _resolve(command: Obey, state: Vps) -> list[vps.VpsEvent]:
    operation = state.operation
    if operation is None or not _is_for_people(operation):
        raise _Refused("Nothing of this VPS waits for a person.")
    return [vps.OperationResolvedManually(**_said(command, state), operation_id=operation.id)]


def _is_for_people(operation: Operation) -> bool:
    return operation.at_rest or isinstance(operation.phase, Waiting)


def _create(command: Obey, state: Vps) -> list[vps.VpsEvent]:
    if state.wanted is None or state.wanted.desired is not Desired.RUNNING:
        raise _Refused("Its entitlement doesn't want it running.")
    said: _AdminIds = _said(command, state)
    operation = state.operation
    if operation is not None:
        if operation.kind is not OperationKind.CREATE or not isinstance(operation.phase, Parked):
            missing = Drift.MISSING in state.drifts and isinstance(operation.phase, Parked)
            if not missing:
                raise _Refused(f"It is busy: {operation.kind.value} is under way.")
            dropped = vps.OperationSuperseded(
                **state.ids(command.now), operation_id=operation.id, kind=operation.kind
            )
            return [dropped, vps.CreationRequested(**said)]
        retried = vps.OperationRetried(**said, operation_id=operation.id)
        return [vps.CreationRequested(**said), retried]
    if state.server is not None and Drift.MISSING not in state.drifts:
        raise _Refused("Its server exists.")
    return [vps.CreationRequested(**said)]


def _delete(command: Obey, state: Vps) -> list[vps.VpsEvent]:
    order = command.order
    assert isinstance(order, commands.DeleteVps)  # noqa: S101 - as the table says
    name = state.server.name if state.server else None
    if order.override_name is not None and order.override_name != name:
        raise _Refused(f"The name typed is not the server's name ({name or 'there is none'}).")
    uncertain = state.operation is not None and isinstance(
        state.operation.phase, Calling | Watching | Doubting
    )
    if state.server is None and not uncertain and desired(state) is not Desired.RUNNING:
        raise _Refused("There is no server.")
    overridden = order.override_name is not None
    ordered = vps.DeletionRequested(**_said(command, state), overridden=overridden)
    if overridden and _waits_to_delete(state):
        return [ordered, vps.VpsReleased(**_said(command, state))]
    return [ordered]


def _waits_to_delete(state: Vps) -> bool:
    """A deletion is under way already and nothing of it can be on the wire."""
    operation = state.operation
    return (
        operation is not None
        and operation.kind is OperationKind.DELETE
        and isinstance(operation.phase, AskingRelease | Waiting | Parked)
    )


def _hold(command: Obey, state: Vps) -> list[vps.VpsEvent]:
    if state.held:
        raise _Refused("It is held already.")
    return [vps.VpsHeld(**_said(command, state))]


def _lift(command: Obey, state: Vps) -> list[vps.VpsEvent]:
    if not state.held:
        raise _Refused("It is not held.")
    return [vps.VpsHoldLifted(**_said(command, state))]


def _adopt(command: Obey, state: Vps) -> list[vps.VpsEvent]:
    order = command.order
    assert isinstance(order, commands.AdoptServer)  # noqa: S101 - as the table says
    if state.server is not None and Drift.MISSING not in state.drifts:
        raise _Refused(f"It has a server already ({state.server.provider_id}).")
    if desired(state) is not Desired.RUNNING:
        raise _Refused("Its entitlement doesn't want it running.")
    events: list[vps.VpsEvent] = [
        vps.ServerAdopted(**_said(command, state), provider_id=order.provider_id)
    ]
    operation = state.operation
    if operation is not None:
        if not isinstance(operation.phase, Parked | Waiting):
            raise _Refused(f"It is busy: {operation.kind.value} is under way.")
        dropped = vps.OperationSuperseded(
            **state.ids(command.now), operation_id=operation.id, kind=operation.kind
        )
        events.append(dropped)
    generation = state.generation + 1
    called = external_name(command.installation, state.vps_id, generation)
    started = vps.OperationStarted(
        **state.ids(command.now),
        operation_id=command.operation_id,
        kind=OperationKind.CREATE,
        generation=generation,
        external_name=called.name,
        labels=called.labels,
        adopting=order.provider_id,
    )
    return [*events, started]


def _ignore(command: Obey, state: Vps) -> list[vps.VpsEvent]:
    phase = state.operation.phase if state.operation else None
    if isinstance(phase, Calling | Watching | Doubting):
        raise _Refused("A call is under way: try again in a minute.")
    return [vps.VpsIgnored(**_said(command, state))]


def _release(command: Obey, state: Vps) -> list[vps.VpsEvent]:
    operation = state.operation
    waits = operation is not None and isinstance(operation.phase, AskingRelease)
    if not waits:
        raise _Refused("It doesn't wait for the second key: order its deletion instead.")
    return [vps.VpsReleased(**_said(command, state))]


_TABLE: dict[type, Callable[[Obey, Vps], list[vps.VpsEvent]]] = {
    commands.RetryOperation: _retry,
    commands.ResolveManually: _resolve,
    commands.CreateVps: _create,
    commands.DeleteVps: _delete,
    commands.HoldVps: _hold,
    commands.LiftHold: _lift,
    commands.AdoptServer: _adopt,
    commands.IgnoreVps: _ignore,
    commands.ReleaseVps: _release,
}
