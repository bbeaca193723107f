"""Decider of one message to one channel: queued, attempted, sent with a receipt, or given up.

The attempt is recorded before the channel is called; one without a receipt means that we died in
between, and the next try is marked as a repeat of the same number (H22).
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TypedDict, assert_never

from slipway.contracts.envelope import Event
from slipway.contracts.incidents import (
    NotificationAttempted,
    NotificationFailed,
    NotificationFailedOver,
    NotificationQueued,
    NotificationSent,
    Occasion,
)
from slipway.eventstore.decider import Decider

BACK_OFF = (timedelta(seconds=1), timedelta(seconds=5))
"""Waits between the tries on one channel (`ports.TRIES`)."""

SLOW_RETRY = timedelta(minutes=1)
"""With no further channel left, the last one is tried for ever at this pace."""

LONGEST_WAIT = timedelta(minutes=5)
"""What a channel may ask of us: somebody waits for this message."""


@dataclass(frozen=True)
class Attempt:
    now: datetime


@dataclass(frozen=True)
class Receipt:
    """The channel took it."""


@dataclass(frozen=True)
class Failure:
    now: datetime
    problem: str
    next_channel: str | None
    outcome_unknown: bool = False
    """No clear answer: the channel may have taken it."""
    for_good: bool = False
    """Trying again is of no use until a person mended something."""
    wait: timedelta | None = None
    """What the channel asked for (Retry-After)."""


Command = Attempt | Receipt | Failure


@dataclass(frozen=True)
class State:
    queued: NotificationQueued | None = None
    due: datetime | None = None
    attempts: int = 0
    failures: int = 0
    outcome_unknown: bool = False
    """An attempt went out and neither receipt nor failure came back."""
    repeat: bool = False
    """The attempt now going out may be a second copy."""


INITIAL = State()


def decide(command: Command, state: State) -> Sequence[Event]:
    if state.queued is None or state.due is None:
        return []
    match command:
        case Attempt():
            return [NotificationAttempted(**_identity(state.queued), attempt=state.attempts + 1)]
        case Receipt():
            return [
                NotificationSent(
                    **_identity(state.queued), attempt=state.attempts, repeat=state.repeat
                )
            ]
        case Failure():
            return _failed(command, state, state.queued)
        case _:
            assert_never(command)


def _failed(command: Failure, state: State, queued: NotificationQueued) -> Sequence[Event]:
    wait = _wait(command, state)
    failed = NotificationFailed(
        **_identity(queued),
        attempt=state.attempts,
        problem=command.problem,
        outcome_unknown=command.outcome_unknown,
        retry_at=None if wait is None else command.now + wait,
    )
    if wait is None and command.next_channel is not None:
        return [
            failed,
            NotificationFailedOver(**_identity(queued), to_channel=command.next_channel),
        ]
    return [failed]


def _wait(command: Failure, state: State) -> timedelta | None:
    """How long until the next try on this channel; None: the next channel takes over."""
    asked = min(command.wait or timedelta(), LONGEST_WAIT)
    tired = state.failures >= len(BACK_OFF)
    if command.next_channel is not None and (tired or command.for_good or asked > BACK_OFF[-1]):
        return None
    pace = SLOW_RETRY if tired or command.for_good else BACK_OFF[state.failures]
    return max(pace, asked)


class _Identity(TypedDict):
    """The fields that every event of a notification has, for mypy to check the splat."""

    notification_id: str
    incident_id: str
    channel: str
    occasion: Occasion


def _identity(queued: NotificationQueued) -> _Identity:
    return {
        "notification_id": queued.notification_id,
        "incident_id": queued.incident_id,
        "channel": queued.channel,
        "occasion": queued.occasion,
    }


def evolve(state: State, event: Event) -> State:
    match event:
        case NotificationQueued():
            return State(queued=event, due=event.queued_at)
        case NotificationAttempted():
            return replace(
                state,
                attempts=event.attempt,
                repeat=state.repeat or state.outcome_unknown,
                outcome_unknown=True,
            )
        case NotificationSent() | NotificationFailedOver():
            return replace(state, due=None, outcome_unknown=False)
        case NotificationFailed():
            return replace(
                state,
                due=event.retry_at,
                failures=state.failures + 1,
                outcome_unknown=event.outcome_unknown,
            )
        case _:
            raise TypeError(f"{type(event).__name__} is no event of a notification")


DECIDER: Decider[Command, State] = Decider(
    category="notification",
    initial=INITIAL,
    decide=decide,
    evolve=evolve,
    due_at=lambda state: state.due,
    state_type=State,
)
