"""Requests GHL's confirmation of an operation and records the answer (pure, H3, H33).

Ingest reads the record from GHL and answers. Only `confirmed` counts, for two minutes and one
attempt. If it does not come for too long, an admin may confirm the operation instead. Slipway still
asks GHL, so that the operation continues automatically after an outage of GHL.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from slipway.contracts import vps
from slipway.contracts.commands import CommandRefused, DeleteVps
from slipway.contracts.envelope import Event
from slipway.contracts.subscriptions import CheckAnswer
from slipway.contracts.vps import OperationKind, SourceVersion, VpsEvent
from slipway.provisioner.vps.confirmation import CONFIRMATION_VALID, needs_confirmation
from slipway.provisioner.vps.operation.state import AwaitingRelease, Waiting
from slipway.provisioner.vps.operation.supersession import is_superseded, superseded
from slipway.provisioner.vps.state import Vps


@dataclass(frozen=True)
class RequestRelease:
    now: datetime
    nonce: str
    stalled_after: timedelta


@dataclass(frozen=True)
class AnswerRelease:
    now: datetime
    kind: OperationKind
    nonce: str
    answer: CheckAnswer
    source: SourceVersion


def request_release(command: RequestRelease, state: Vps) -> Sequence[VpsEvent]:
    operation = state.operation
    if operation is None or not needs_confirmation(state, operation.kind):
        return []
    if is_superseded(state, command.now):
        return [superseded(operation, state, command.now)]
    ids = state.event_ids(command.now)
    match operation.phase:
        case AwaitingRelease(first_requested_at=since, stalled=False) if (
            command.now - since >= command.stalled_after
        ):
            return [vps.ReleaseStalled(**ids, kind=operation.kind, since=since)]
        case AwaitingRelease() | Waiting():
            requested = vps.ReleaseRequested(
                **ids, kind=operation.kind, nonce=command.nonce, requested_at=command.now
            )
            return [requested]
        case _:
            return []


def answer_release(command: AnswerRelease, state: Vps) -> Sequence[Event]:
    """Returns the answer, and the refusal of an admin's deletion that GHL contradicts."""
    operation = state.operation
    if operation is None or operation.kind is not command.kind:
        return []
    phase = operation.phase
    if not isinstance(phase, AwaitingRelease) or phase.nonce != command.nonce:
        return []
    if command.now - phase.requested_at >= CONFIRMATION_VALID:
        return []  # too old to act on; the worker asks again
    answered = vps.ReleaseAnswered(
        **state.event_ids(command.now),
        kind=command.kind,
        nonce=command.nonce,
        answer=command.answer,
        source=command.source,
    )
    request = state.deletion_request
    if request is None or command.answer is not CheckAnswer.CONTRADICTED:
        return [answered]
    refused = CommandRefused(
        command_id=request.command_id,
        command_type=DeleteVps.TYPE,
        reason="The customer still pays according to GHL. To delete the server anyway, request "
        "the deletion again and type the server's name.",
    )
    return [answered, refused]
