"""Adds the events that follow from a decision about a VPS (pure).

`decider` calls it once per command.
"""

from collections.abc import Sequence
from datetime import datetime
from functools import reduce

from slipway.contracts import vps
from slipway.contracts.envelope import Event
from slipway.contracts.vps import Desired
from slipway.provisioner.vps.evolve import evolve
from slipway.provisioner.vps.operation.state import Operation, Parked
from slipway.provisioner.vps.operation.supersession import (
    is_superseded,
    serves_target,
    superseded,
)
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
    if _is_absent(state):
        followed.append(_never_created(state, now))
    return followed


def _is_dropped(operation: Operation, before: Vps, state: Vps, now: datetime) -> bool:
    if not is_superseded(state, now):
        return False
    if not isinstance(operation.phase, Parked):
        return True
    # Operators were notified of a parked operation, so it is not dropped without need. It is
    # dropped only if the target has changed, or if the operation can't reach the target.
    return _aim(before) != _aim(state) or not serves_target(operation, state)


def _aim(state: Vps) -> object:
    return (state.desired_state, state.deletion_request, state.creation_requested)


def _is_absent(state: Vps) -> bool:
    """Returns whether no server is desired, none exists, and `VpsDeleted` is not yet recorded."""
    wanted = state.desired_state
    desired = wanted is not None and wanted.desired is Desired.ABSENT and not state.ignored
    nothing_left = state.server is None and state.operation is None
    return desired and nothing_left and not state.absence_proven


def _never_created(state: Vps, now: datetime) -> vps.VpsDeleted:
    return vps.VpsDeleted(
        **state.event_ids(now),
        operation_id=None,
        provider_id=None,
        generation=state.generation,
        contact_id=state.contact_id,
    )
