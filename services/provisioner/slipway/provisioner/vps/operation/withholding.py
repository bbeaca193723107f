"""Records why a due operation may not be sent yet, and later that this reason has ended (pure)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from slipway.contracts import vps
from slipway.contracts.vps import OperationKind, VpsEvent, WithheldReason
from slipway.provisioner.vps.operation.supersession import is_superseded, superseded
from slipway.provisioner.vps.state import Vps


@dataclass(frozen=True)
class WithholdOperation:
    now: datetime
    kind: OperationKind
    reason: WithheldReason
    retry_at: datetime | None


@dataclass(frozen=True)
class EndWithholding:
    now: datetime
    reason: WithheldReason


def withhold(command: WithholdOperation, state: Vps) -> Sequence[VpsEvent]:
    if state.operation is not None and is_superseded(state, command.now):
        return [superseded(state.operation, state, command.now)]
    known = state.withheld
    if known is not None and (known.kind, known.reason) == (command.kind, command.reason):
        return []
    withheld = vps.OperationWithheld(
        **state.event_ids(command.now),
        kind=command.kind,
        reason=command.reason,
        retry_at=command.retry_at,
    )
    return [withheld]


def end_withholding(command: EndWithholding, state: Vps) -> Sequence[VpsEvent]:
    if state.withheld is None or state.withheld.reason is not command.reason:
        return []
    return [vps.WithholdingEnded(**state.event_ids(command.now), reason=command.reason)]
