"""Decides which events an admin's command leads to (pure).

A command that arrives twice is answered once. A command from an outdated page is refused (H21). The
answer is the event that the admin asked for, or a `CommandRefused` with a sentence for the admin.
"""

from collections.abc import Sequence
from typing import assert_never

from slipway.contracts import commands, vps
from slipway.contracts.envelope import Event
from slipway.provisioner.vps.admin_requests import (
    AdminIds,
    HandleCommand,
    Refused,
    VpsCommand,
    adopt,
    create,
    delete,
    switch_on,
)
from slipway.provisioner.vps.operation.state import (
    AwaitingRelease,
    Calling,
    Operation,
    Verifying,
    Waiting,
    Watching,
)
from slipway.provisioner.vps.state import Vps


def handle_command(handling: HandleCommand, state: Vps) -> Sequence[Event]:
    command = handling.command
    if command.command_id in state.answered:
        return []
    try:
        _check_page(command, state)
        return _decide(handling, command, state)
    except Refused as refusal:
        refused = commands.CommandRefused(
            command_id=command.command_id, command_type=command.TYPE, reason=str(refusal)
        )
        return [refused]


def _check_page(command: VpsCommand, state: Vps) -> None:
    changed = state.desired_state.version if state.desired_state else 0
    if command.seen_version is not None and command.seen_version < changed:
        raise Refused("The entitlement changed since your page was loaded: look again.")
    if state.ignored:
        raise Refused("This VPS is ignored: Slipway doesn't manage it.")


def _decide(handling: HandleCommand, command: VpsCommand, state: Vps) -> list[vps.VpsEvent]:  # noqa: C901, PLR0911, PLR0912 - a table of commands
    ids: AdminIds = {
        **state.event_ids(handling.now),
        "command_id": command.command_id,
        "actor": command.actor,
        "reason": command.reason,
    }
    match command:
        case commands.RetryOperation():
            id_ = _operation_for_operator(state).id
            return [vps.OperationRetried(**ids, operation_id=id_)]
        case commands.ResolveManually():
            id_ = _operation_for_operator(state).id
            return [vps.OperationResolvedManually(**ids, operation_id=id_)]
        case commands.CreateVps():
            return create(ids, state)
        case commands.SwitchOnVps():
            return switch_on(ids, state)
        case commands.DeleteVps():
            return delete(ids, command, state)
        case commands.HoldVps():
            if state.held:
                raise Refused("It is held already.")
            return [vps.VpsHeld(**ids)]
        case commands.ReleaseHold():
            if not state.held:
                raise Refused("It is not held.")
            return [vps.VpsHoldReleased(**ids)]
        case commands.AdoptServer():
            return adopt(ids, handling, command, state)
        case commands.IgnoreVps():
            phase = state.operation.phase if state.operation else None
            if isinstance(phase, Calling | Watching | Verifying):
                raise Refused("A call is under way: try again in a minute.")
            return [vps.VpsIgnored(**ids)]
        case commands.ReleaseVps():
            if state.operation is None or not isinstance(state.operation.phase, AwaitingRelease):
                raise Refused("It doesn't wait for GHL's confirmation: request its deletion.")
            return [vps.VpsReleased(**ids)]
        case _:
            assert_never(command)


def _operation_for_operator(state: Vps) -> Operation:
    """Returns the operation that an operator may retry or resolve. Raises Refused."""
    operation = state.operation
    if operation is None or not (
        operation.waits_for_operator or isinstance(operation.phase, Waiting)
    ):
        raise Refused("Nothing of this VPS waits for an operator.")
    return operation
