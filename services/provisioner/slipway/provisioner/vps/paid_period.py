"""The end of a VPS that has no server: at once, or when the paid time of a cancelled one is over.

`follow_up` concludes the absence after each decision, `worker` when the paid time is over (pure).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from slipway.contracts import vps
from slipway.contracts.vps import Desired, VpsEvent
from slipway.provisioner.vps.state import Vps


@dataclass(frozen=True)
class ConcludeAbsence:
    """The paid period is over, and no server exists."""

    now: datetime


def conclude_absence(command: ConcludeAbsence, state: Vps) -> Sequence[VpsEvent]:
    return [never_created(state, command.now)] if is_absent(state, command.now) else []


def is_absent(state: Vps, now: datetime) -> bool:
    """Returns whether no server is desired, none exists, and no event has recorded that."""
    wanted = state.desired_state
    desired = wanted is not None and wanted.desired is Desired.ABSENT and not state.ignored
    nothing_left = state.server is None and state.operation is None
    return desired and nothing_left and not state.absence_proven and not state.is_paid_for(now)


def never_created(state: Vps, now: datetime) -> vps.VpsDeleted:
    return vps.VpsDeleted(
        **state.event_ids(now),
        operation_id=None,
        provider_id=None,
        generation=state.generation,
        contact_id=state.contact_id,
    )
