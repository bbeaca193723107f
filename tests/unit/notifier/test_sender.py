"""Sending over channels that a test holds: fall-over, turns, and nothing lost in a death."""

from datetime import timedelta
from typing import Any

import pytest
from slipway.contracts.incidents import NotificationFailedOver, NotificationSent
from slipway.eventstore.memory import MemoryEventStore
from slipway.notifier.notifications.port import OutcomeUnknown, Refused, TryLater

from tests.support.dsl.notifier_worker import Channel, Teller
from tests.support.servers.simulated_cloud import Hand


def refusing(channel: Channel, refusal: Exception) -> None:
    async def refuse() -> None:
        channel.taken.clear()
        raise refusal

    channel.mishap = refuse


def subjects(channel: Channel) -> list[str]:
    return [letter.subject.partition(" [")[0] for letter in channel.taken]


TITLE = "The VPS of ada waits for a person"


async def test_a_channel_that_refuses_for_good_is_left_at_once() -> None:
    slack, email = Channel(), Channel("email")
    refusing(slack, Refused("Slack answered 404."))
    teller = Teller(slack, email)
    await teller.queue()
    await teller.send()
    await teller.send()
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
    slack, email, clock = Channel(), Channel("email"), Hand()
    refusing(slack, Refused("Slack answered 404."))
    teller = Teller(slack, email, store=DyingStore(clock), clock=clock)
    await teller.queue()
    with pytest.raises(_KilledError):
        await teller.send()
    await teller.send()
    assert subjects(email) == [TITLE]


async def test_a_channel_that_is_no_longer_set_up_hands_over_to_the_first() -> None:
    before = Teller(Channel("pager"))
    await before.queue()
    slack = Channel()
    after = Teller(slack, store=before.store, clock=before.clock)
    await after.send()
    await after.send()
    assert subjects(slack) == [TITLE]


async def test_what_is_over_is_not_said_before_what_began() -> None:
    slack = Channel()
    refusing(slack, TryLater("Slack can't be reached."))
    teller = Teller(slack)
    await teller.queue()
    await teller.send()
    slack.mishap = None
    await teller.over()
    await teller.send()
    assert subjects(slack) == []
    for _ in range(4):
        await teller.send(timedelta(seconds=1))
    assert subjects(slack) == [TITLE, f"Over: {TITLE}"]


async def test_what_passed_to_the_next_channel_holds_nothing_up() -> None:
    slack, email = Channel(), Channel("email")
    refusing(slack, Refused("Slack answered 404."))
    teller = Teller(slack, email)
    await teller.queue()
    await teller.send()
    slack.mishap = None
    await teller.over()
    await teller.send()
    assert subjects(slack) == [f"Over: {TITLE}"]
    assert subjects(email) == [TITLE]


async def test_a_reply_that_is_lost_three_times_falls_over_and_its_copies_are_marked() -> None:
    slack, email = Channel(), Channel("email")

    async def lose() -> None:
        raise OutcomeUnknown("Slack gave no answer.")

    slack.mishap = lose
    teller = Teller(slack, email)
    await teller.queue()
    for _ in range(5):
        await teller.send(timedelta(seconds=6))
    assert ["repeat" in letter.subject for letter in slack.taken] == [False, True, True]
    assert subjects(email) == [TITLE]
    events = [record.event for record in await teller.history("email")]
    assert [event.repeat for event in events if isinstance(event, NotificationSent)] == [False]
