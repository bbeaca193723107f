"""The two keys of a destruction (pure): we ask, ingest reads GHL back and answers (H3).

`gone` opens for two minutes; `paying` and `unknown` don't. After unknown for too long people are
told and may turn it themselves; GHL is asked on, so that its outage ends without them.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from slipway.contracts import vps
from slipway.contracts.subscriptions import CheckAnswer
from slipway.contracts.vps import OperationKind, SourceVersion, VpsEvent
from slipway.provisioner.vps.entitlement import followed_up
from slipway.provisioner.vps.operation import RELEASE_VALID
from slipway.provisioner.vps.state import AskingRelease, Vps, Waiting


@dataclass(frozen=True)
class AskRelease:
    now: datetime
    nonce: str
    stalled_after: timedelta


@dataclass(frozen=True)
class Answer:
    now: datetime
    nonce: str
    answer: CheckAnswer
    source: SourceVersion


Command = AskRelease | Answer


def decide(command: Command, state: Vps) -> Sequence[VpsEvent]:
    operation = state.operation
    if operation is None or operation.kind is not OperationKind.DELETE:
        return []
    match command:
        case AskRelease():
            return _ask(command, state, operation.phase)
        case Answer():
            return _answer(command, state, operation.phase)


def _ask(command: AskRelease, state: Vps, phase: object) -> Sequence[VpsEvent]:
    match phase:
        case AskingRelease(first_asked_at=since, stalled=False) if (
            command.now - since >= command.stalled_after
        ):
            return [vps.ReleaseStalled(**state.ids(command.now), since=since)]
        case AskingRelease() | Waiting():
            asked = vps.ReleaseRequested(
                **state.ids(command.now), nonce=command.nonce, requested_at=command.now
            )
            return [asked]
        case _:
            return []


def _answer(command: Answer, state: Vps, phase: object) -> Sequence[VpsEvent]:
    if not isinstance(phase, AskingRelease) or phase.nonce != command.nonce:
        return []
    if command.now - phase.requested_at >= RELEASE_VALID:
        return []  # too old to destroy on; the question is asked again
    answered = vps.ReleaseAnswered(
        **state.ids(command.now),
        nonce=command.nonce,
        answer=command.answer,
        source=command.source,
    )
    return followed_up([answered], state, command.now)
