"""State of a Subscription stream (pure): its entitlement and its unanswered requests."""

from dataclasses import dataclass, replace
from datetime import datetime

from slipway.contracts.commands import CommandRefused
from slipway.contracts.envelope import Event
from slipway.contracts.subscriptions import (
    Entitlement,
    EntitlementChecked,
    EntitlementCheckRequested,
    RecordRead,
    RecordReadRequested,
    SubscriptionEvent,
)
from slipway.eventstore.answered_commands import NONE_ANSWERED, AnsweredCommands


@dataclass(frozen=True)
class PendingCheck:
    """A request of the provisioner for a deletion confirmation, not answered yet."""

    vps_id: str
    nonce: str
    requested_at: datetime


@dataclass(frozen=True)
class PendingRead:
    """An admin's request for a read of the record, not answered yet."""

    command_id: str
    requested_at: datetime


PendingRequest = PendingCheck | PendingRead


@dataclass(frozen=True)
class Subscription:
    entitlement: Entitlement | None = None
    last_event_type: str | None = None
    """TYPE of the last change. Another type is a change even if the entitlement is equal."""
    checks: tuple[PendingCheck, ...] = ()
    reads: tuple[PendingRead, ...] = ()
    answered: AnsweredCommands = NONE_ANSWERED
    """The latest answered nonces and command ids, so that each request is answered once."""


def evolve(state: Subscription, event: Event) -> Subscription:
    match event:
        case EntitlementCheckRequested():
            check = PendingCheck(event.vps_id, event.nonce, event.requested_at)
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
        case SubscriptionEvent():
            return replace(state, entitlement=event.entitlement, last_event_type=event.TYPE)
        case CommandRefused():
            return state
        case _:
            raise TypeError(f"{type(event).__name__} is no event of a subscription")


def _with_answer(state: Subscription, id_: str, event: SubscriptionEvent) -> Subscription:
    return replace(state, entitlement=event.entitlement, answered=state.answered.plus(id_))


def due_at(state: Subscription) -> datetime | None:
    """Returns when the oldest pending request was made, or None if there is no such request.

    This time is in the past, so a new request is due immediately.
    """
    pending: list[PendingRequest] = [*state.checks, *state.reads]
    return min((request.requested_at for request in pending), default=None)
