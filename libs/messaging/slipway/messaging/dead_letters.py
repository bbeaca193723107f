"""The decider of one key's dead letters: the failed record, and the records that wait behind it.

Other keys do not wait (H32). `dead_letter_queue` sends it commands. An operator's redrive or skip
lets the queue continue.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TypedDict, assert_never

from slipway.contracts.dead_letters import (
    DeadLetterClosed,
    DeadLetterOpened,
    DeadLetterQueued,
    DeadLetterRedriveFailed,
    DeadLetterRedriven,
    DeadLetterRedriveRequested,
    DeadLetterSkipped,
    RecordRef,
)
from slipway.contracts.envelope import Event
from slipway.eventstore.answered_commands import NONE_ANSWERED, AnsweredCommands
from slipway.eventstore.decider import Decider

AT_ONCE = datetime(2000, 1, 1, tzinfo=UTC)
"""A time in the past, so the work is due immediately. The decider reads no clock."""


@dataclass(frozen=True)
class OpenDeadLetter:
    """Makes this record a dead letter, because it cannot be read or handled."""

    dead_letter_id: str
    consumer: str
    key: str
    record: RecordRef
    error: str


@dataclass(frozen=True)
class EnqueueBehind:
    """Queues a later record of the key. Does nothing if no record of the key waits any more."""

    record: RecordRef


@dataclass(frozen=True)
class Redrive:
    command_id: str


@dataclass(frozen=True)
class Skip:
    command_id: str


@dataclass(frozen=True)
class Handled:
    """Reports that the first record of the queue was handled."""

    record: RecordRef


@dataclass(frozen=True)
class FailedAgain:
    record: RecordRef
    error: str


Command = OpenDeadLetter | EnqueueBehind | Redrive | Skip | Handled | FailedAgain


@dataclass(frozen=True)
class Free:
    """No record of the key waits, so new records of the key are handled normally."""

    answered: AnsweredCommands = NONE_ANSWERED
    """The commands that were already handled. A repeated redrive or skip has no effect."""


@dataclass(frozen=True)
class Waiting:
    dead_letter_id: str
    consumer: str
    key: str
    queue: tuple[RecordRef, ...]
    moving: bool
    """Whether the records are handled again in sequence, because an operator requested it."""
    answered: AnsweredCommands = NONE_ANSWERED


State = Free | Waiting


def decide(command: Command, state: State) -> Sequence[Event]:
    if isinstance(state, Free):
        return _open(command) if isinstance(command, OpenDeadLetter) else []
    match command:
        case OpenDeadLetter() | EnqueueBehind():
            return _enqueue_behind(command.record, state)
        case Redrive():
            return _redrive(command, state)
        case Skip():
            return _skip(command, state)
        case Handled():
            return _handled(command, state)
        case FailedAgain():
            return _failed_again(command, state)
        case _:
            assert_never(command)


def _open(command: OpenDeadLetter) -> Sequence[Event]:
    return [
        DeadLetterOpened(
            dead_letter_id=command.dead_letter_id,
            consumer=command.consumer,
            key=command.key,
            record=command.record,
            error=command.error,
        )
    ]


def _enqueue_behind(record: RecordRef, state: Waiting) -> Sequence[Event]:
    if any(_same(record, waiting) for waiting in state.queue):
        return []
    return [DeadLetterQueued(**_identity(state), record=record)]


def _redrive(command: Redrive, state: Waiting) -> Sequence[Event]:
    if state.moving or command.command_id in state.answered:
        return []
    return [DeadLetterRedriveRequested(**_identity(state), command_id=command.command_id)]


def _skip(command: Skip, state: Waiting) -> Sequence[Event]:
    if command.command_id in state.answered:
        return []
    skipped = DeadLetterSkipped(
        **_identity(state), command_id=command.command_id, record=state.queue[0]
    )
    return [skipped, *_closed_after_head(state)]


def _handled(command: Handled, state: Waiting) -> Sequence[Event]:
    if not _same(command.record, state.queue[0]):
        return []
    redriven = DeadLetterRedriven(**_identity(state), record=command.record)
    return [redriven, *_closed_after_head(state)]


def _failed_again(command: FailedAgain, state: Waiting) -> Sequence[Event]:
    if not _same(command.record, state.queue[0]) or not state.moving:
        return []
    return [DeadLetterRedriveFailed(**_identity(state), record=command.record, error=command.error)]


def _closed_after_head(state: Waiting) -> Sequence[Event]:
    return [DeadLetterClosed(**_identity(state))] if len(state.queue) == 1 else []


class _Identity(TypedDict):
    dead_letter_id: str
    consumer: str
    key: str


def _identity(state: Waiting) -> _Identity:
    return {
        "dead_letter_id": state.dead_letter_id,
        "consumer": state.consumer,
        "key": state.key,
    }


def _same(one: RecordRef, other: RecordRef) -> bool:
    return (one.topic, one.partition, one.offset) == (other.topic, other.partition, other.offset)


def evolve(state: State, event: Event) -> State:  # noqa: PLR0911 - one for each event
    match event, state:
        case DeadLetterOpened(), Free():
            # `answered` is copied, because a repeated skip must not skip the next dead letter.
            return Waiting(
                event.dead_letter_id,
                event.consumer,
                event.key,
                (event.record,),
                moving=False,
                answered=state.answered,
            )
        case DeadLetterQueued(), Waiting():
            return replace(state, queue=(*state.queue, event.record))
        case DeadLetterRedriveRequested(), Waiting():
            return replace(state, moving=True, answered=state.answered.plus(event.command_id))
        case DeadLetterRedriven(), Waiting():
            return replace(state, queue=state.queue[1:])
        case DeadLetterSkipped(), Waiting():
            return replace(
                state,
                queue=state.queue[1:],
                moving=True,
                answered=state.answered.plus(event.command_id),
            )
        case DeadLetterRedriveFailed(), Waiting():
            return replace(state, moving=False)
        case DeadLetterClosed(), Waiting():
            return Free(state.answered)
        case _:
            raise TypeError(f"{type(event).__name__} can't follow {type(state).__name__}")


def due_at(state: State) -> datetime | None:
    return AT_ONCE if isinstance(state, Waiting) and state.moving else None


DEAD_LETTER: Decider[Command, State] = Decider(
    category="deadletter",
    initial=Free(),
    decide=decide,
    evolve=evolve,
    due_at=due_at,
    # A queue that waits for an operator has no due time, because it is not stuck work.
    state_type=Free | Waiting,
)
