"""Records that the server differs from the stream's state, or no longer does (pure)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from slipway.contracts import vps
from slipway.contracts.vps import Drift, VpsEvent
from slipway.provisioner.vps.state import Vps


@dataclass(frozen=True)
class NoteDrift:
    now: datetime
    drift: Drift
    provider_id: str | None
    ended: bool = False


def note_drift(command: NoteDrift, state: Vps) -> Sequence[VpsEvent]:
    known = command.drift in state.drifts
    if command.ended:
        ended = vps.VpsDriftEnded(**state.event_ids(command.now), drift=command.drift)
        return [ended] if known else []
    if known or _is_changing(state) or state.ignored:
        return []
    drifted = vps.VpsDrifted(
        **state.event_ids(command.now), drift=command.drift, provider_id=command.provider_id
    )
    return [drifted]


def _is_changing(state: Vps) -> bool:
    """Returns whether an operation is changing the server. Then a difference is no drift."""
    operation = state.operation
    return operation is not None and not operation.waits_for_operator
