"""State of a Subscription stream (pure): its entitlement and its unanswered requests."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from slipway.contracts.commands import CommandRefused
from slipway.contracts.envelope import Event
from slipway.contracts.subscriptions import (
    Entitlement,
    EntitlementChecked,
    EntitlementCheckRequested,
    RecordNotShown,
    RecordRead,
    RecordReadRequested,
    SubscriptionEvent,
    SubscriptionNotUnderstood,
)
from slipway.contracts.vps import OperationKind
from slipway.eventstore.answered_commands import NONE_ANSWERED, AnsweredCommands
from slipway.ingest.subscriptions.verdict import may_run


@dataclass(frozen=True)
class PendingCheck:
    """A request of the provisioner for GHL's confirmation of an operation, not answered yet."""

    vps_id: str
    nonce: str
    requested_at: datetime
    kind: OperationKind = OperationKind.DELETE


@dataclass(frozen=True)
class PendingRead:
    """An admin's request for a read of the record, not answered yet."""

    command_id: str
    requested_at: datetime


PendingRequest = PendingCheck | PendingRead


@dataclass(frozen=True)
class NotShown:
    """GHL does not show the record, although a server may run."""

    since: datetime
    read_at: datetime
    reported: bool


@dataclass(frozen=True)
class Subscription:
    entitlement: Entitlement | None = None
    last_event_type: str | None = None
    """TYPE of the last change. Another type is a change even if the entitlement is equal."""
    checks: tuple[PendingCheck, ...] = ()
    reads: tuple[PendingRead, ...] = ()
    changed_at: datetime | None = None
    """Our time of the last change. The next reading is planned from it."""
    not_shown: NotShown | None = None
    answered: AnsweredCommands = NONE_ANSWERED
    """The latest answered nonces and command ids, so that each request is answered once."""


def evolve(state: Subscription, event: Event) -> Subscription:  # noqa: PLR0911 - one per event type
    match event:
        case EntitlementCheckRequested():
            check = PendingCheck(event.vps_id, event.nonce, event.requested_at, event.kind)
            return replace(state, entitlement=event.entitlement, checks=(*state.checks, check))
        case EntitlementChecked():
            checks = tuple(check for check in state.checks if check.nonce != event.nonce)
            return replace(_with_answer(state, event.nonce, event), checks=checks)
        case RecordReadRequested():
            read = PendingRead(event.command_id, event.requested_at)
            return replace(state, reads=(*state.reads, read))
        case RecordRead():
            reads = tuple(read for read in state.reads if read.command_id != event.command_id)
            return replace(_with_answer(state, event.command_id, event), reads=reads)
        case RecordNotShown():
            missing = NotShown(event.since, event.read_at, event.lasting)
            return replace(state, not_shown=missing)
        case SubscriptionEvent():
            return replace(
                state,
                entitlement=event.entitlement,
                last_event_type=event.TYPE,
                changed_at=event.entitlement.decided_at,
                not_shown=None,
            )
        case CommandRefused():
            return state
        case _:
            raise TypeError(f"{type(event).__name__} is no event of a subscription")


def _with_answer(state: Subscription, id_: str, event: SubscriptionEvent) -> Subscription:
    return replace(state, entitlement=event.entitlement, answered=state.answered.plus(id_))


def due_at(state: Subscription) -> datetime | None:
    """Returns when the oldest pending request was made, so that a request is due immediately.

    Without a request, returns when the record is read again, or None if no reading is needed.
    """
    pending: list[PendingRequest] = [*state.checks, *state.reads]
    requested = min((request.requested_at for request in pending), default=None)
    return requested or next_reading_at(state)


_UNCLEAR = timedelta(seconds=30)
_NOT_SHOWN = timedelta(minutes=10)
_WATCHED = timedelta(days=1)


def next_reading_at(state: Subscription) -> datetime | None:
    """Returns when the record is read again after the latest event; the worker waits longer later.

    An unclear record is read again within minutes (H35). The record of a subscription whose server
    may run is read once a day, because GHL's list does not tell that a record is gone (H36).
    """
    if state.not_shown is not None:
        return state.not_shown.read_at + _NOT_SHOWN
    if state.changed_at is None:
        return None
    if is_unclear(state):
        return state.changed_at + _UNCLEAR
    return state.changed_at + _WATCHED if may_run(state.entitlement) else None


def is_unclear(state: Subscription) -> bool:
    return state.last_event_type == SubscriptionNotUnderstood.TYPE
