"""Decider of one subscription: decides on assessed records and on requests for a read.

The worker loads the stream before it reads GHL, and appends at the loaded version. So the store
decides the sequence, and no two clocks are compared (H6). A stream is created only for an `_id`
that the API returned (H7).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import assert_never

from slipway.contracts.envelope import Event
from slipway.contracts.ids import location_of
from slipway.contracts.subscriptions import (
    Entitlement,
    EntitlementChecked,
    EntitlementCheckRequested,
    RecordFields,
    RecordNotShown,
    RecordRead,
    RecordReadRequested,
    SubscriptionEvent,
    Verdict,
)
from slipway.contracts.vps import OperationKind
from slipway.eventstore.decider import Decider
from slipway.ingest.subscriptions.assessment import Assessment
from slipway.ingest.subscriptions.checks.answer import answer_for
from slipway.ingest.subscriptions.events import event_of
from slipway.ingest.subscriptions.state import Subscription, due_at, evolve
from slipway.ingest.subscriptions.verdict import may_run

CATEGORY = "subscription"

_LASTING = timedelta(days=2)
"""After this time without a record, an admin decides."""


@dataclass(frozen=True)
class RecordAssessment:
    """GHL's record was read and assessed."""

    assessment: Assessment


@dataclass(frozen=True)
class RequestCheck:
    """The provisioner requests a confirmation of an operation. The nonce identifies the request."""

    subscription_id: str
    vps_id: str
    kind: OperationKind
    nonce: str
    requested_at: datetime


@dataclass(frozen=True)
class AnswerCheck:
    """The record was read for the request with this nonce.

    `assessment` is None if GHL did not show the record.
    """

    vps_id: str
    kind: OperationKind
    nonce: str
    assessment: Assessment | None


@dataclass(frozen=True)
class RequestRead:
    """An admin requests that the record is read now."""

    command_id: str
    actor: str
    requested_at: datetime


@dataclass(frozen=True)
class AnswerRead:
    """The read for the admin is done. `assessment` is None if GHL did not show the record."""

    command_id: str
    assessment: Assessment | None


@dataclass(frozen=True)
class NoteNotShown:
    """Records that GHL did not show the record. `problem` says what GHL answered."""

    problem: str
    now: datetime


Command = NoteNotShown | RecordAssessment | RequestCheck | AnswerCheck | RequestRead | AnswerRead


def decide(command: Command, state: Subscription) -> Sequence[Event]:
    match command:
        case RecordAssessment(assessment):
            return _change(assessment, state)
        case NoteNotShown():
            return _note_not_shown(command, state)
        case RequestCheck():
            return _request_check(command, state)
        case AnswerCheck():
            return _answer_check(command, state)
        case RequestRead():
            return _request_read(command, state)
        case AnswerRead():
            return _answer_read(command, state)
        case _:
            assert_never(command)


def _change(assessment: Assessment, state: Subscription) -> list[SubscriptionEvent]:
    """Returns the event of the assessment, or nothing if the stream already says the same."""
    event = event_of(assessment)
    if (
        state.not_shown is None
        and state.last_event_type == event.TYPE
        and _is_same(event.entitlement, state.entitlement)
    ):
        return []
    return [event]


def _note_not_shown(command: NoteNotShown, state: Subscription) -> list[Event]:
    """Returns an event for the first reading without a record, and another one after two days."""
    missing = state.not_shown
    if state.entitlement is None or not may_run(state.entitlement):
        return []
    since = command.now if missing is None else missing.since
    lasting = command.now - since >= _LASTING
    if missing is not None and (missing.reported or not lasting):
        return []
    return [
        RecordNotShown(
            entitlement=state.entitlement,
            problem=command.problem,
            since=since,
            read_at=command.now,
            lasting=lasting,
        )
    ]


def _is_same(new: Entitlement, old: Entitlement | None) -> bool:
    return old is not None and new == old.model_copy(update={"decided_at": new.decided_at})


def _request_check(command: RequestCheck, state: Subscription) -> list[Event]:
    if command.nonce in state.answered or any(c.nonce == command.nonce for c in state.checks):
        return []
    known = state.entitlement or _unread_entitlement(command.subscription_id, command.requested_at)
    return [
        EntitlementCheckRequested(
            entitlement=known,
            vps_id=command.vps_id,
            kind=command.kind,
            nonce=command.nonce,
            requested_at=command.requested_at,
        )
    ]


def _unread_entitlement(subscription_id: str, now: datetime) -> Entitlement:
    """Returns an entitlement that changes nothing, for a subscription without a stream.

    The subscription is real, because the id of its VPS contains an `_id` that the API returned.
    """
    return Entitlement(
        subscription_id=subscription_id,
        location_id=location_of(subscription_id),
        verdict=Verdict.UNCHANGED,
        reason="not read from GHL yet",
        decided_at=now,
        record=RecordFields(status=""),
    )


def _answer_check(command: AnswerCheck, state: Subscription) -> list[Event]:
    if command.nonce not in {check.nonce for check in state.checks}:
        return []
    entitlement, change = _latest(command.assessment, state)
    if entitlement is None:
        return []
    checked = EntitlementChecked(
        entitlement=entitlement,
        vps_id=command.vps_id,
        kind=command.kind,
        nonce=command.nonce,
        answer=answer_for(command.kind, command.assessment),
    )
    return [*change, checked]


def _latest(
    assessment: Assessment | None, state: Subscription
) -> tuple[Entitlement | None, Sequence[Event]]:
    if assessment is None:
        return state.entitlement, ()
    return assessment.entitlement, _change(assessment, state)


def _request_read(command: RequestRead, state: Subscription) -> list[Event]:
    known = {read.command_id for read in state.reads} | set(state.answered.ids)
    if state.entitlement is None or command.command_id in known:
        return []
    return [
        RecordReadRequested(
            entitlement=state.entitlement,
            command_id=command.command_id,
            actor=command.actor,
            requested_at=command.requested_at,
        )
    ]


def _answer_read(command: AnswerRead, state: Subscription) -> list[Event]:
    if command.command_id not in {read.command_id for read in state.reads}:
        return []
    entitlement, change = _latest(command.assessment, state)
    if entitlement is None:
        return []
    read = RecordRead(
        entitlement=entitlement,
        command_id=command.command_id,
        found=command.assessment is not None,
        changed=bool(change),
    )
    return [*change, read]


SUBSCRIPTION: Decider[Command, Subscription] = Decider(
    category=CATEGORY,
    initial=Subscription(),
    decide=decide,
    evolve=evolve,
    due_at=due_at,
    state_type=Subscription,
    fold_version=2,
)
