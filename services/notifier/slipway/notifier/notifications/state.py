"""State of a notification stream and its fold (pure). `decider` decides on it."""

from dataclasses import dataclass, replace
from datetime import datetime

from slipway.contracts.envelope import Event
from slipway.contracts.incidents import (
    NotificationAttempted,
    NotificationFailed,
    NotificationFailedOver,
    NotificationQueued,
    NotificationSent,
)


@dataclass(frozen=True)
class State:
    queued: NotificationQueued | None = None
    due: datetime | None = None
    """When the next attempt is due. None if not queued yet, sent, or failed over."""
    attempts: int = 0
    failures: int = 0
    outcome_unknown: bool = False
    """The last attempt may have delivered the message."""
    repeat: bool = False
    """The current attempt may deliver a second copy."""


INITIAL = State()


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
