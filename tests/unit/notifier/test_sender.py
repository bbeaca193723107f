"""The sender: failover, order of messages, and crashes that lose no message."""

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
    return [message.subject.partition(" [")[0] for message in channel.accepted]


TITLE = "A paid VPS is not running"


async def test_a_permanent_refusal_fails_over_at_once() -> None:
    slack, email = FakeChannel(), FakeChannel("email")
    refusing(slack, Refused("Slack answered 404."))
    notifier = NotifierInMemory(slack, email)
    await notifier.incident_opens()
    await notifier.send()
    await notifier.send()
    assert subjects(email) == [TITLE]


class _KilledError(BaseException):
    """Stands for a killed process: no code after it runs."""


class CrashingStore(MemoryEventStore):
    """Kills the process once, before it records a failover."""

    crashed = False

    async def append(self, decider: Any, stream: Any, events: Any, **more: Any) -> Any:
        if not self.crashed and any(isinstance(event, NotificationFailedOver) for event in events):
            self.crashed = True
            raise _KilledError
        return await super().append(decider, stream, events, **more)


async def test_a_crash_before_the_failover_is_recorded_loses_no_message() -> None:
    slack, email, clock = FakeChannel(), FakeChannel("email"), HandClock()
    refusing(slack, Refused("Slack answered 404."))
    notifier = NotifierInMemory(slack, email, store=CrashingStore(clock), clock=clock)
    await notifier.incident_opens()
    with pytest.raises(_KilledError):
        await notifier.send()
    await notifier.send()
    assert subjects(email) == [TITLE]


async def test_a_removed_channel_fails_over_to_the_first() -> None:
    before = NotifierInMemory(FakeChannel("pager"))
    await before.incident_opens()
    slack = FakeChannel()
    after = NotifierInMemory(slack, store=before.store, clock=before.clock)
    await after.send()
    await after.send()
    assert subjects(slack) == [TITLE]


async def test_a_resolution_is_not_sent_before_the_opening() -> None:
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


async def test_a_failed_over_message_does_not_block_later_ones() -> None:
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


async def test_three_lost_replies_fail_over_and_the_copies_are_marked() -> None:
    slack, email = FakeChannel(), FakeChannel("email")

    async def lose() -> None:
        raise OutcomeUnknown("Slack gave no answer.")

    slack.fault = lose
    notifier = NotifierInMemory(slack, email)
    await notifier.incident_opens()
    for _ in range(5):
        await notifier.send(timedelta(seconds=6))
    assert ["repeat" in message.subject for message in slack.accepted] == [False, True, True]
    assert subjects(email) == [TITLE]
    events = [record.event for record in await notifier.history("email")]
    assert [event.repeat for event in events if isinstance(event, NotificationSent)] == [False]
