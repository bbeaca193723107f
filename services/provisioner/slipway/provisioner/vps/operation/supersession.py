"""Decides whether the operation under way is still needed (pure)."""

from datetime import datetime

from slipway.contracts import vps
from slipway.contracts.vps import Desired, OperationKind
from slipway.provisioner.vps.operation.next_operation import next_operation, target
from slipway.provisioner.vps.operation.state import Calling, Operation, Parked, Verifying, Watching
from slipway.provisioner.vps.state import Vps

_SERVES = {
    OperationKind.CREATE: {Desired.RUNNING},
    OperationKind.RESUME: {Desired.RUNNING},
    OperationKind.SUSPEND: {Desired.SUSPENDED, Desired.ABSENT},
    OperationKind.DELETE: {Desired.ABSENT},
}
"""The desired states that each kind of operation helps to reach. A suspension also helps a
deletion, because the server is powered off during the plan's hold."""


def is_superseded(state: Vps, now: datetime) -> bool:
    """Returns whether the operation is no longer needed and may be dropped in its current phase."""
    operation = state.operation
    if operation is None or _is_committed(operation):
        return False
    if operation.kind is OperationKind.CREATE and state.server is not None:
        return target(state, now) is not Desired.RUNNING  # created, not yet ready
    if isinstance(operation.phase, Watching):
        return False
    upcoming = next_operation(state, now)
    if upcoming is None or upcoming.kind is not operation.kind:
        return True
    return upcoming.due_at is not None and upcoming.due_at > now


def serves_target(operation: Operation, state: Vps, now: datetime) -> bool:
    """Returns whether this kind of operation helps to reach the desired state."""
    return target(state, now) in _SERVES[operation.kind]


def superseded(operation: Operation, state: Vps, now: datetime) -> vps.OperationSuperseded:
    return vps.OperationSuperseded(
        **state.event_ids(now), operation_id=operation.id, kind=operation.kind
    )


def _is_committed(operation: Operation) -> bool:
    """Returns whether the operation must continue, even if it is no longer needed.

    Returns True while a call may be in progress or its outcome is unknown. Also returns True while
    a server is being adopted or a broken server is being deleted.
    """
    if isinstance(operation.phase, Calling | Verifying):
        return True
    half_done = operation.discarding or operation.adopting is not None
    return half_done and not isinstance(operation.phase, Parked)
