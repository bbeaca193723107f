"""Sending over channels that a test holds: fall-over, turns, and nothing lost in a death."""

from datetime import timedelta
from typing import Any

import pytest
from slipway.contracts.incidents import NotificationFailedOver, NotificationSent
from slipway.eventstore.memory import MemoryEventStore
from slipway.notifier.notifications.port import OutcomeUnknown, Refused, TryLater

from tests.support.dsl.notifier_worker import FakeChannel, NotifierInMemory
from tests.support.fakes.clock import HandClock


def refusing(channel: FakeChannel, refusal: Exception) -> None:
    async def refuse() -> None:
        channel.accepted.clear()
        raise refusal

    channel.fault = refuse


def subjects(channel: FakeChannel) -> list[str]:
    return [letter.subject.partition(" [")[0] for letter in channel.accepted]


TITLE = "A paid VPS is not running"


async def test_a_channel_that_refuses_for_good_is_left_at_once() -> None:
    slack, email = FakeChannel(), FakeChannel("email")
    refusing(slack, Refused("Slack answered 404."))
    notifier = NotifierInMemory(slack, email)
    await notifier.incident_opens()
    await notifier.send()
    await notifier.send()
    assert subjects(email) == [TITLE]


class _KilledError(BaseException):
    """The process is gone: nothing after it runs."""


class DyingStore(MemoryEventStore):
    """Ends the process once, before it records that another channel takes over."""

    died = False

    async def append(self, decider: Any, stream: Any, events: Any, **more: Any) -> Any:
        if not self.died and any(isinstance(event, NotificationFailedOver) for event in events):
            self.died = True
            raise _KilledError
        return await super().append(decider, stream, events, **more)


async def test_a_death_before_the_fall_over_is_recorded_loses_no_message() -> None:
    slack, email, clock = FakeChannel(), FakeChannel("email"), HandClock()
    refusing(slack, Refused("Slack answered 404."))
    notifier = NotifierInMemory(slack, email, store=DyingStore(clock), clock=clock)
    await notifier.incident_opens()
    with pytest.raises(_KilledError):
        await notifier.send()
    await notifier.send()
    assert subjects(email) == [TITLE]


async def test_a_channel_that_is_no_longer_set_up_hands_over_to_the_first() -> None:
    before = NotifierInMemory(FakeChannel("pager"))
    await before.incident_opens()
    slack = FakeChannel()
    after = NotifierInMemory(slack, store=before.store, clock=before.clock)
    await after.send()
    await after.send()
    assert subjects(slack) == [TITLE]


async def test_what_is_over_is_not_said_before_what_began() -> None:
    slack = FakeChannel()
    refusing(slack, TryLater("Slack can't be reached."))
    notifier = NotifierInMemory(slack)
    await notifier.incident_opens()
    await notifier.send()
    slack.fault = None
    await notifier.incident_resolves()
    await notifier.send()
    assert subjects(slack) == []
    for _ in range(4):
        await notifier.send(timedelta(seconds=1))
    assert subjects(slack) == [TITLE, f"Resolved: {TITLE}"]


async def test_what_passed_to_the_next_channel_holds_nothing_up() -> None:
    slack, email = FakeChannel(), FakeChannel("email")
    refusing(slack, Refused("Slack answered 404."))
    notifier = NotifierInMemory(slack, email)
    await notifier.incident_opens()
    await notifier.send()
    slack.fault = None
    await notifier.incident_resolves()
    await notifier.send()
    assert subjects(slack) == [f"Resolved: {TITLE}"]
    assert subjects(email) == [TITLE]


async def test_a_reply_that_is_lost_three_times_falls_over_and_its_copies_are_marked() -> None:
    slack, email = FakeChannel(), FakeChannel("email")

    async def lose() -> None:
        raise OutcomeUnknown("Slack gave no answer.")

    slack.fault = lose
    notifier = NotifierInMemory(slack, email)
    await notifier.incident_opens()
    for _ in range(5):
        await notifier.send(timedelta(seconds=6))
    assert ["repeat" in letter.subject for letter in slack.accepted] == [False, True, True]
    assert subjects(email) == [TITLE]
    events = [record.event for record in await notifier.history("email")]
    assert [event.repeat for event in events if isinstance(event, NotificationSent)] == [False]
