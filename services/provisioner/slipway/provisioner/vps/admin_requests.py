"""Checks the admin commands that have conditions: create, delete and adopt (pure)."""

from dataclasses import dataclass
from datetime import datetime

from slipway.contracts import commands, vps
from slipway.contracts.vps import Desired, Drift, OperationKind
from slipway.provisioner.vps.naming import external_name
from slipway.provisioner.vps.operation.next_operation import target
from slipway.provisioner.vps.operation.state import (
    AwaitingRelease,
    Calling,
    Parked,
    Verifying,
    Waiting,
    Watching,
)
from slipway.provisioner.vps.operation.supersession import superseded
from slipway.provisioner.vps.state import EventIds, Vps

VpsCommand = (
    commands.RetryOperation
    | commands.ResolveManually
    | commands.CreateVps
    | commands.SwitchOnVps
    | commands.DeleteVps
    | commands.HoldVps
    | commands.ReleaseHold
    | commands.AdoptServer
    | commands.IgnoreVps
    | commands.ReleaseVps
)


@dataclass(frozen=True)
class HandleCommand:
    now: datetime
    command: VpsCommand
    installation: str
    operation_id: str


class AdminIds(EventIds):
    command_id: str
    actor: str
    reason: str


class Refused(Exception):
    """The command is refused. The message is a sentence for the admin."""


def create(ids: AdminIds, state: Vps) -> list[vps.VpsEvent]:
    operation, missing = state.operation, Drift.MISSING in state.drifts
    wanted = state.desired_state
    if wanted is None or not (
        wanted.desired is Desired.RUNNING or wanted.is_paid_for(ids["decided_at"])
    ):
        raise Refused("Its entitlement doesn't want it running.")
    requested = vps.CreationRequested(**ids)
    if operation is None:
        if state.server is not None and not missing:
            raise Refused("Its server exists.")
        return [requested]
    parked = isinstance(operation.phase, Parked)
    if parked and operation.kind is OperationKind.CREATE:
        return [requested, vps.OperationRetried(**ids, operation_id=operation.id)]
    if parked and missing:
        return [requested]  # this request supersedes the parked operation
    raise Refused(f"It is busy: {operation.kind.value} is under way.")


def switch_on(ids: AdminIds, state: Vps) -> list[vps.VpsEvent]:
    if Drift.POWERED_OFF not in state.drifts or Drift.MISSING in state.drifts:
        raise Refused("The provider doesn't show the server as switched off.")
    if target(state, ids["decided_at"]) is not Desired.RUNNING:
        raise Refused("Its entitlement doesn't want it running.")
    if state.operation is not None:
        raise Refused(f"It is busy: {state.operation.kind.value} is under way.")
    return [vps.SwitchOnRequested(**ids)]


def delete(ids: AdminIds, command: commands.DeleteVps, state: Vps) -> list[vps.VpsEvent]:
    name = state.server.name if state.server else None
    overridden = command.override_name is not None
    if overridden and command.override_name != name:
        raise Refused(f"The name typed is not the server's name ({name or 'there is none'}).")
    phase = state.operation.phase if state.operation else None
    uncertain = isinstance(phase, Calling | Watching | Verifying)
    if (
        state.server is None
        and not uncertain
        and target(state, ids["decided_at"]) is not Desired.RUNNING
    ):
        raise Refused("There is no server.")
    requested = vps.DeletionRequested(**ids, overridden=overridden)
    if overridden and _waits_to_delete(state):
        return [requested, vps.VpsReleased(**ids)]
    return [requested]


def _waits_to_delete(state: Vps) -> bool:
    """Returns whether a deletion is under way and no call to the provider is in progress."""
    operation = state.operation
    return (
        operation is not None
        and operation.kind is OperationKind.DELETE
        and isinstance(operation.phase, AwaitingRelease | Waiting | Parked)
    )


def adopt(
    ids: AdminIds, handling: HandleCommand, command: commands.AdoptServer, state: Vps
) -> list[vps.VpsEvent]:
    if state.server is not None and Drift.MISSING not in state.drifts:
        raise Refused(f"It has a server already ({state.server.provider_id}).")
    if target(state, handling.now) is not Desired.RUNNING:
        raise Refused("Its entitlement doesn't want it running.")
    operation = state.operation
    if operation is not None and not isinstance(operation.phase, Parked | Waiting):
        raise Refused(f"It is busy: {operation.kind.value} is under way.")
    dropped = [] if operation is None else [superseded(operation, state, handling.now)]
    generation = state.generation + 1
    named = external_name(handling.installation, state.vps_id, generation)
    started = vps.OperationStarted(
        **state.event_ids(handling.now),
        operation_id=handling.operation_id,
        kind=OperationKind.CREATE,
        generation=generation,
        external_name=named.name,
        labels=named.labels,
        adopting=command.provider_id,
    )
    return [vps.ServerAdopted(**ids, provider_id=command.provider_id), *dropped, started]
