"""Notifications: one message to one channel is sent, retried, failed over or repeated."""

from datetime import datetime, timedelta

import pytest
from hypothesis import given as over
from hypothesis import strategies as st
from slipway.contracts.codec import load_event
from slipway.contracts.incidents import (
    NotificationAttempted,
    NotificationFailed,
    NotificationFailedOver,
    NotificationQueued,
    NotificationSent,
    Occasion,
)
from slipway.notifier.notifications import decider as notification
from slipway.notifier.notifications.commands import Attempt, Command, Failure, Receipt
from slipway.notifier.notifications.port import MAX_ATTEMPTS
from slipway.notifier.notifications.state import INITIAL, evolve

from tests.support.builders.expectation_commands import minutes
from tests.support.dsl.deciding import Given, given

NOW = minutes(0)
QUEUED = NotificationQueued(
    notification_id="abc.1/1/slack",
    incident_id="abc.1",
    channel="slack",
    occasion=Occasion.OPENED,
    queued_at=NOW,
)
ATTEMPT = Attempt(NOW)


def busy(next_channel: str | None = "email", wait: timedelta | None = None) -> Failure:
    return Failure(NOW, "Slack answered 429.", next_channel, retry_after=wait)


LOST = Failure(NOW, "Slack gave no answer.", "email", outcome_unknown=True)
REFUSED = Failure(NOW, "Slack answered 404.", "email", permanent=True)


def after(*commands: Command) -> Given:
    return given(notification.DECIDER, QUEUED).after(commands)


def due(*commands: Command) -> datetime | None:
    return notification.DECIDER.due_at(notification.DECIDER.fold(after(*commands).events))


def test_a_notification_is_due_at_once_until_its_receipt() -> None:
    assert due() == NOW
    after().when(ATTEMPT).then_types(NotificationAttempted)
    sent = after(ATTEMPT).when(Receipt()).then_types(NotificationSent)
    assert notification.DECIDER.due_at(sent.state) is None


def test_a_busy_channel_is_retried_and_then_the_next_takes_over() -> None:
    assert due(ATTEMPT, busy()) == NOW + timedelta(seconds=1)
    assert due(ATTEMPT, busy(), ATTEMPT, busy()) == NOW + timedelta(seconds=5)
    third = after(ATTEMPT, busy(), ATTEMPT, busy(), ATTEMPT).when(busy())
    third.then_types(NotificationFailed, NotificationFailedOver)
    assert notification.DECIDER.due_at(third.state) is None


def test_there_is_a_wait_between_any_two_attempts() -> None:
    assert len(notification.BACK_OFF) == MAX_ATTEMPTS - 1


def test_a_permanent_refusal_is_not_retried() -> None:
    after(ATTEMPT).when(REFUSED).then_types(NotificationFailed, NotificationFailedOver)


def test_a_long_requested_wait_fails_over() -> None:
    short, long = busy(wait=timedelta(seconds=3)), busy(wait=timedelta(seconds=30))
    assert due(ATTEMPT, short) == NOW + timedelta(seconds=3)
    after(ATTEMPT).when(long).then_types(NotificationFailed, NotificationFailedOver)


@pytest.mark.parametrize(
    ("failure", "again_after"),
    [
        (busy(None), timedelta(minutes=1)),
        (busy(None, timedelta(minutes=3)), timedelta(minutes=3)),
        (busy(None, timedelta(days=3)), timedelta(minutes=5)),
        (Failure(NOW, "Slack answered 404.", None, permanent=True), timedelta(minutes=1)),
    ],
    ids=["busy", "asks for a wait", "asks for too much", "refuses"],
)
def test_the_last_channel_is_retried_without_limit(
    failure: Failure, again_after: timedelta
) -> None:
    tried: list[Command] = [ATTEMPT, busy(None), ATTEMPT, busy(None)]
    assert due(*tried, ATTEMPT, failure) == NOW + again_after
    assert due(*tried * 20, ATTEMPT, failure) == NOW + again_after


def test_a_possible_second_copy_is_marked_as_a_repeat() -> None:
    died = after(ATTEMPT).when(ATTEMPT)
    assert died.state.repeat
    lost = after(ATTEMPT, LOST).when(ATTEMPT)
    assert lost.state.repeat
    [sent] = after(ATTEMPT, LOST, ATTEMPT).when(Receipt()).events
    assert isinstance(sent, NotificationSent)
    assert sent.repeat


def test_a_copy_after_a_certain_failure_is_no_repeat() -> None:
    assert not after(ATTEMPT, busy()).when(ATTEMPT).state.repeat


def test_every_later_copy_is_a_repeat_too() -> None:
    # Slack may have the first copy, whatever it answers to the second.
    assert after(ATTEMPT, LOST, ATTEMPT, busy()).when(ATTEMPT).state.repeat


def test_a_sent_or_failed_over_notification_is_not_sent_again() -> None:
    for end in ((ATTEMPT, Receipt()), (ATTEMPT, REFUSED)):
        for command in (ATTEMPT, Receipt(), busy()):
            after(*end).when(command).then_nothing()


_commands: st.SearchStrategy[list[Command]] = st.lists(
    st.sampled_from(
        [ATTEMPT, Receipt(), busy(), busy(None), LOST, REFUSED, busy(wait=timedelta(seconds=9))]
    ),
    max_size=10,
)


@over(_commands)
def test_the_state_is_the_fold_of_the_events(commands: list[Command]) -> None:
    state = evolve(INITIAL, QUEUED)
    for command in commands:
        for event in notification.decide(command, state):
            state = evolve(state, event)
    events = after(*commands).events
    again = [load_event(event.TYPE, event.model_dump(mode="json")) for event in events]
    assert notification.DECIDER.fold(again) == state


@over(_commands)
def test_it_is_due_until_it_is_sent_or_failed_over(commands: list[Command]) -> None:
    ended = any(
        isinstance(event, NotificationSent | NotificationFailedOver)
        for event in after(*commands).events
    )
    assert (due(*commands) is None) == ended
