"""Decider of one delivery: received, then applied, ignored by a rule, or quarantined.

The inbox appends `DeliveryReceived` before it commits Kafka's offset. The worker appends to the
subscription first and ends the delivery second, so interrupted work is repeated (H1).
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import assert_never

from slipway.contracts.commands import CommandRefused, ReplayDelivery
from slipway.contracts.deliveries import (
    DeliveryApplied,
    DeliveryChannel,
    DeliveryDelayed,
    DeliveryIgnored,
    DeliveryQuarantined,
    DeliveryReceived,
    DeliveryReplayed,
    Hint,
    IgnoreRule,
    QuarantineCause,
    RawRef,
)
from slipway.contracts.envelope import Event
from slipway.eventstore.answered_commands import NONE_ANSWERED, AnsweredCommands
from slipway.eventstore.decider import Decider

CATEGORY = "delivery"


@dataclass(frozen=True)
class Apply:
    """Ends the delivery, because every subscription that it names was read and is up to date."""

    subscription_ids: tuple[str, ...]
    changed: bool


@dataclass(frozen=True)
class Ignore:
    rule: IgnoreRule


@dataclass(frozen=True)
class Quarantine:
    reason: str
    cause: QuarantineCause = QuarantineCause.UNREADABLE


@dataclass(frozen=True)
class Delay:
    """Reports that GHL has refused to show the record for some minutes."""

    reason: str
    next_read_at: datetime


@dataclass(frozen=True)
class Replay:
    """An admin had the raw body parsed again. The fields contain the new result."""

    command_id: str
    hints: tuple[Hint, ...]
    ignore_rule: IgnoreRule | None
    quarantine_reason: str | None


@dataclass(frozen=True)
class RefuseReplay:
    command_id: str
    reason: str


Command = Apply | Ignore | Quarantine | Delay | Replay | RefuseReplay


@dataclass(frozen=True)
class Delivery:
    """State of a delivery. `received_at` is None if the delivery does not exist."""

    delivery_id: str = ""
    channel: DeliveryChannel = DeliveryChannel.SIGNED
    received_at: datetime | None = None
    location_id: str | None = None
    raw: RawRef | None = None
    hints: tuple[Hint, ...] = ()
    ignore_rule: IgnoreRule | None = None
    quarantine_reason: str | None = None
    settled: bool = False
    next_read_at: datetime | None = None
    """Set while GHL refuses to show the record."""
    answered: AnsweredCommands = NONE_ANSWERED
    """Ids of handled replay commands, so that a double click causes one replay (H21)."""


def decide(command: Command, state: Delivery) -> Sequence[Event]:
    match command:
        case Replay():
            return _replay(command, state)
        case RefuseReplay():
            return _refuse(command, state)
        case Delay():
            return _delay(command, state)
        case Apply() | Ignore() | Quarantine():
            return [] if state.settled or state.received_at is None else [_end(command, state)]
        case _:
            assert_never(command)


def _end(command: Apply | Ignore | Quarantine, state: Delivery) -> Event:
    id_, channel = state.delivery_id, state.channel
    match command:
        case Apply(subscription_ids, changed):
            return DeliveryApplied(
                delivery_id=id_, channel=channel, subscription_ids=subscription_ids, changed=changed
            )
        case Ignore(rule):
            return DeliveryIgnored(delivery_id=id_, channel=channel, rule=rule)
        case Quarantine(reason, cause):
            unknown = cause is QuarantineCause.LOCATION_NOT_CONFIGURED
            return DeliveryQuarantined(
                delivery_id=id_,
                channel=channel,
                reason=reason,
                cause=cause,
                location_id=state.location_id if unknown else None,
            )
        case _:
            assert_never(command)


def _delay(command: Delay, state: Delivery) -> list[Event]:
    """Returns the event for the first report only, so that operators are told once of a delay."""
    received = state.received_at
    if state.settled or received is None or state.next_read_at is not None or not state.hints:
        return []
    hint = state.hints[0]
    return [
        DeliveryDelayed(
            delivery_id=state.delivery_id,
            channel=state.channel,
            location_id=hint.location_id,
            subscription_id=hint.subscription_id,
            contact_id=hint.contact_id,
            reason=command.reason,
            since=received,
            next_read_at=command.next_read_at,
        )
    ]


def _replay(command: Replay, state: Delivery) -> list[Event]:
    # The same click twice is one replay.
    if command.command_id in state.answered:
        return []
    if not state.settled:
        return _refuse(RefuseReplay(command.command_id, "it is still being processed"), state)
    return [
        DeliveryReplayed(
            delivery_id=state.delivery_id,
            channel=state.channel,
            command_id=command.command_id,
            hints=command.hints,
            ignore_rule=command.ignore_rule,
            quarantine_reason=command.quarantine_reason,
        )
    ]


def _refuse(command: RefuseReplay, state: Delivery) -> list[Event]:
    if command.command_id in state.answered:
        return []
    return [
        CommandRefused(
            command_id=command.command_id,
            command_type=ReplayDelivery.TYPE,
            reason=command.reason,
        )
    ]


def evolve(state: Delivery, event: Event) -> Delivery:
    match event:
        case DeliveryReceived():
            return Delivery(
                delivery_id=event.delivery_id,
                channel=event.channel,
                received_at=event.received_at,
                location_id=event.location_id,
                raw=event.raw,
                hints=event.hints,
                ignore_rule=event.ignore_rule,
                quarantine_reason=event.quarantine_reason,
            )
        case DeliveryReplayed():
            return replace(
                state,
                hints=event.hints,
                ignore_rule=event.ignore_rule,
                quarantine_reason=event.quarantine_reason,
                settled=False,
                next_read_at=None,
                answered=state.answered.plus(event.command_id),
            )
        case DeliveryDelayed():
            return replace(state, next_read_at=event.next_read_at)
        case DeliveryApplied() | DeliveryIgnored() | DeliveryQuarantined():
            return replace(state, settled=True)
        case CommandRefused():
            return replace(state, answered=state.answered.plus(event.command_id))
        case _:
            raise TypeError(f"{type(event).__name__} is no event of a delivery")


def due_at(state: Delivery) -> datetime | None:
    """Returns the time at which an open delivery was received. None for an ended delivery.

    This time is in the past, so a new or replayed delivery is due immediately. While GHL refuses to
    show the record, returns the time of the next reading.
    """
    return None if state.settled else state.next_read_at or state.received_at


def is_open(state: Delivery) -> bool:
    return state.received_at is not None and not state.settled


DELIVERY: Decider[Command, Delivery] = Decider(
    category=CATEGORY,
    initial=Delivery(),
    decide=decide,
    evolve=evolve,
    due_at=due_at,
    has_open_work=is_open,
    state_type=Delivery,
    fold_version=2,
)
