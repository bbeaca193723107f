"""Requests the confirmation of a deletion by GHL and records the answer (pure, H3).

Ingest reads the record from GHL and answers. Only the answer `gone` confirms the deletion, for two
minutes. If the answer stays `unknown` for too long, an admin may confirm the deletion instead.
Slipway still asks GHL, so that the deletion continues automatically after an outage of GHL.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from slipway.contracts import vps
from slipway.contracts.subscriptions import CheckAnswer
from slipway.contracts.vps import OperationKind, SourceVersion, VpsEvent
from slipway.provisioner.vps.operation.next_step import CONFIRMATION_VALID
from slipway.provisioner.vps.operation.state import AwaitingRelease, Waiting
from slipway.provisioner.vps.state import Vps


@dataclass(frozen=True)
class RequestRelease:
    now: datetime
    nonce: str
    stalled_after: timedelta


@dataclass(frozen=True)
class AnswerRelease:
    now: datetime
    nonce: str
    answer: CheckAnswer
    source: SourceVersion


def request_release(command: RequestRelease, state: Vps) -> Sequence[VpsEvent]:
    operation = state.operation
    if operation is None or operation.kind is not OperationKind.DELETE:
        return []
    match operation.phase:
        case AwaitingRelease(first_requested_at=since, stalled=False) if (
            command.now - since >= command.stalled_after
        ):
            return [vps.ReleaseStalled(**state.event_ids(command.now), since=since)]
        case AwaitingRelease() | Waiting():
            requested = vps.ReleaseRequested(
                **state.event_ids(command.now), nonce=command.nonce, requested_at=command.now
            )
            return [requested]
        case _:
            return []


def answer_release(command: AnswerRelease, state: Vps) -> Sequence[VpsEvent]:
    phase = state.operation.phase if state.operation is not None else None
    if not isinstance(phase, AwaitingRelease) or phase.nonce != command.nonce:
        return []
    if command.now - phase.requested_at >= CONFIRMATION_VALID:
        return []  # too old to delete on; the worker asks again
    answered = vps.ReleaseAnswered(
        **state.event_ids(command.now),
        nonce=command.nonce,
        answer=command.answer,
        source=command.source,
    )
    return [answered]
