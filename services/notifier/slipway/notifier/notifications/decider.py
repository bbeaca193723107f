"""Decider of one message to one channel: queued, attempted, then sent, retried or failed over.

The attempt is recorded before the channel is called. An attempt without an outcome means that the
process crashed in between, so the next attempt is marked as a repeat of the same message (H22).
"""

from collections.abc import Sequence
from datetime import timedelta
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
from slipway.notifier.notifications.commands import Attempt, Command, Failure, Receipt
from slipway.notifier.notifications.state import INITIAL, State, evolve

BACK_OFF = (timedelta(seconds=1), timedelta(seconds=5))
"""Waits between the attempts on one channel (see `port.MAX_ATTEMPTS`)."""

LAST_CHANNEL_RETRY = timedelta(minutes=1)
"""Without another channel, the last one is retried without limit at this interval."""

MAX_RETRY_AFTER = timedelta(minutes=5)
"""The longest wait that a channel may ask for."""


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
    """Returns the wait before the next attempt, or None if the next channel takes over."""
    asked = min(command.retry_after or timedelta(), MAX_RETRY_AFTER)
    exhausted = state.failures >= len(BACK_OFF) or command.permanent
    if command.next_channel is not None and (exhausted or asked > BACK_OFF[-1]):
        return None
    wait = LAST_CHANNEL_RETRY if exhausted else BACK_OFF[state.failures]
    return max(wait, asked)


class _Identity(TypedDict):
    """The fields of every event of a notification, typed so that mypy checks the `**` arguments."""

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


DECIDER: Decider[Command, State] = Decider(
    category="notification",
    initial=INITIAL,
    decide=decide,
    evolve=evolve,
    due_at=lambda state: state.due,
    state_type=State,
)
