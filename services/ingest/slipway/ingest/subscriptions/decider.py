"""Decider of one subscription: what GHL's record says goes in, entitlements come out.

The worker appends with the version it loaded before it asked GHL, so the store gives the order and
no two clocks are compared (H6). Streams open only under an `_id` that the API returned (H7).
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import reduce
from typing import assert_never

from slipway.contracts.commands import CommandRefused
from slipway.contracts.envelope import Event
from slipway.contracts.ids import location_of
from slipway.contracts.subscriptions import (
    CheckAnswer,
    Entitlement,
    EntitlementChecked,
    EntitlementCheckRequested,
    RecordFields,
    RecordRead,
    RecordReadRequested,
    SubscriptionEvent,
    Verdict,
)
from slipway.eventstore.answered_commands import NONE_ANSWERED, AnsweredCommands
from slipway.eventstore.decider import Decider
from slipway.ingest.ghl.status import StatusClass
from slipway.ingest.subscriptions.assessment import Assessment
from slipway.ingest.subscriptions.events import event_of

CATEGORY = "subscription"


@dataclass(frozen=True)
class RecordSnapshot:
    """GHL's record was read back."""

    assessment: Assessment


@dataclass(frozen=True)
class AskCheck:
    """The provisioner wants the second key for this nonce."""

    subscription_id: str
    vps_id: str
    nonce: str
    requested_at: datetime


@dataclass(frozen=True)
class AnswerCheck:
    """The record was read for this nonce; None: it couldn't be, or GHL doesn't show it."""

    vps_id: str
    nonce: str
    assessment: Assessment | None


@dataclass(frozen=True)
class AskRead:
    """A person wants the record read now."""

    command_id: str
    actor: str
    requested_at: datetime


@dataclass(frozen=True)
class AnswerRead:
    """The person's read is done; None: GHL doesn't show the record."""

    command_id: str
    assessment: Assessment | None


Command = RecordSnapshot | AskCheck | AnswerCheck | AskRead | AnswerRead


@dataclass(frozen=True)
class PendingCheck:
    vps_id: str
    nonce: str
    requested_at: datetime


@dataclass(frozen=True)
class PendingRead:
    command_id: str
    requested_at: datetime


@dataclass(frozen=True)
class Subscription:
    entitlement: Entitlement | None = None
    finding: str | None = None
    """TYPE of the last event that carried news; the same facts under another finding are news."""
    checks: tuple[PendingCheck, ...] = ()
    reads: tuple[PendingRead, ...] = ()
    answered: AnsweredCommands = NONE_ANSWERED
    """The latest nonces and command ids: a redelivered request is answered once."""


def decide(command: Command, state: Subscription) -> Sequence[Event]:
    match command:
        case RecordSnapshot(assessment):
            return _news(assessment, state)
        case AskCheck():
            return _ask_check(command, state)
        case AnswerCheck():
            return _answer_check(command, state)
        case AskRead():
            return _ask_read(command, state)
        case AnswerRead():
            return _answer_read(command, state)
        case _:
            assert_never(command)


def decide_all(commands: Sequence[Command], state: Subscription) -> list[Event]:
    """Several commands in one append, each decided on what the one before it led to."""
    events: list[Event] = []
    for command in commands:
        new = decide(command, state)
        state = reduce(evolve, new, state)
        events += new
    return events


def _news(assessment: Assessment, state: Subscription) -> list[SubscriptionEvent]:
    event = event_of(assessment)
    if state.finding == event.TYPE and _same(event.entitlement, state.entitlement):
        return []
    return [event]


def _same(new: Entitlement, old: Entitlement | None) -> bool:
    return old is not None and new == old.model_copy(update={"decided_at": new.decided_at})


def _ask_check(command: AskCheck, state: Subscription) -> list[Event]:
    if command.nonce in state.answered or any(c.nonce == command.nonce for c in state.checks):
        return []
    return [
        EntitlementCheckRequested(
            entitlement=state.entitlement or _unread(command.subscription_id, command.requested_at),
            vps_id=command.vps_id,
            nonce=command.nonce,
            requested_at=command.requested_at,
        )
    ]


def _unread(subscription_id: str, now: datetime) -> Entitlement:
    """A VPS id proves that the API once gave this `_id`; only our own memory of it is gone."""
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
    entitlement, news = _freshest(command.assessment, state)
    if entitlement is None:
        return []
    checked = EntitlementChecked(
        entitlement=entitlement,
        vps_id=command.vps_id,
        nonce=command.nonce,
        answer=_answer(command.assessment),
    )
    return [*news, checked]


def _freshest(
    assessment: Assessment | None, state: Subscription
) -> tuple[Entitlement | None, Sequence[Event]]:
    if assessment is None:
        return state.entitlement, ()
    return assessment.entitlement, _news(assessment, state)


def _answer(assessment: Assessment | None) -> CheckAnswer:
    """`gone` only where the record shows the end; a 404 or an odd status proves nothing (H3)."""
    if assessment is None:
        return CheckAnswer.UNKNOWN
    match assessment.status:
        case StatusClass.ENDED:
            return CheckAnswer.GONE
        case StatusClass.TRIAL | StatusClass.ACTIVE | StatusClass.OVERDUE | StatusClass.STOPPED:
            return CheckAnswer.PAYING
        case StatusClass.NOT_YET | StatusClass.DISPUTED | StatusClass.UNKNOWN:
            return CheckAnswer.UNKNOWN


def _ask_read(command: AskRead, state: Subscription) -> list[Event]:
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
    entitlement, news = _freshest(command.assessment, state)
    if entitlement is None:
        return []
    read = RecordRead(
        entitlement=entitlement,
        command_id=command.command_id,
        found=command.assessment is not None,
        changed=bool(news),
    )
    return [*news, read]


def evolve(state: Subscription, event: Event) -> Subscription:
    match event:
        case EntitlementCheckRequested():
            check = PendingCheck(event.vps_id, event.nonce, event.requested_at)
            return replace(state, entitlement=event.entitlement, checks=(*state.checks, check))
        case EntitlementChecked():
            checks = tuple(check for check in state.checks if check.nonce != event.nonce)
            return replace(_answered(state, event.nonce, event), checks=checks)
        case RecordReadRequested():
            read = PendingRead(event.command_id, event.requested_at)
            return replace(state, reads=(*state.reads, read))
        case RecordRead():
            reads = tuple(read for read in state.reads if read.command_id != event.command_id)
            return replace(_answered(state, event.command_id, event), reads=reads)
        case SubscriptionEvent():
            return replace(state, entitlement=event.entitlement, finding=event.TYPE)
        case CommandRefused():
            return state
        case _:
            raise TypeError(f"{type(event).__name__} is no event of a subscription")


def _answered(state: Subscription, id_: str, event: SubscriptionEvent) -> Subscription:
    return replace(state, entitlement=event.entitlement, answered=state.answered.plus(id_))


def due_at(state: Subscription) -> datetime | None:
    asked = [check.requested_at for check in state.checks] + [
        read.requested_at for read in state.reads
    ]
    return min(asked, default=None)


def is_open(state: Subscription) -> bool:
    return bool(state.checks or state.reads)


SUBSCRIPTION: Decider[Command, Subscription] = Decider(
    category=CATEGORY,
    initial=Subscription(),
    decide=decide,
    evolve=evolve,
    due_at=due_at,
    has_open_work=is_open,
    state_type=Subscription,
)
