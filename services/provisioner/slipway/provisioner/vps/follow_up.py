"""Adds the events that follow from a decision about a VPS (pure).

`decider` calls it once per command.
"""

from collections.abc import Sequence
from datetime import datetime
from functools import reduce

from slipway.contracts.envelope import Event
from slipway.provisioner.vps.evolve import evolve
from slipway.provisioner.vps.operation.state import Operation, Parked
from slipway.provisioner.vps.operation.supersession import (
    is_superseded,
    serves_target,
    superseded,
)
from slipway.provisioner.vps.paid_period import is_absent, never_created
from slipway.provisioner.vps.state import Vps


def follow_up(decided: Sequence[Event], before: Vps, now: datetime) -> Sequence[Event]:
    """Returns the decided events, followed by the events that they make necessary.

    An operation that is no longer needed is superseded. If no server is desired and none exists,
    `VpsDeleted` is added immediately. Returns an empty list if no events were decided.
    """
    if not decided:
        return []
    state, followed = reduce(evolve, decided, before), list(decided)
    operation = state.operation
    if operation is not None and _is_dropped(operation, before, state, now):
        dropped = superseded(operation, state, now)
        state = evolve(state, dropped)
        followed.append(dropped)
    if is_absent(state, now):
        followed.append(never_created(state, now))
    return followed


def _is_dropped(operation: Operation, before: Vps, state: Vps, now: datetime) -> bool:
    if not is_superseded(state, now):
        return False
    if not isinstance(operation.phase, Parked):
        return True
    # Operators were notified of a parked operation, so it is not dropped without need. It is
    # dropped only if the target has changed, or if the operation can't reach the target.
    return _aim(before) != _aim(state) or not serves_target(operation, state, now)


def _aim(state: Vps) -> object:
    return (state.desired_state, state.deletion_request, state.creation_requested)
