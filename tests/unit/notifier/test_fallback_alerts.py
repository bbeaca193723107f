"""Kafka, MongoDB or the notifier itself is ill: said without any of them, and its end as well."""

from datetime import timedelta

from slipway.notifier.monitoring.fallback_alerts import (
    FallbackAlerts,
    backing_service,
    notifier_itself,
)
from slipway.notifier.notifications.port import TryLater

from tests.support.dsl.notifier_worker import FakeChannel
from tests.support.fakes.clock import HandClock


class Thing:
    well = True

    async def ask(self) -> None:
        if not self.well:
            raise ConnectionError


class Resort:
    def __init__(self, *channels: FakeChannel, patience: float = 60) -> None:
        self.clock = HandClock()
        self.mongodb, self.kafka, self.own = Thing(), Thing(), Thing()
        self.channels = channels or (FakeChannel(),)
        self.resort = FallbackAlerts(
            [
                backing_service("MongoDB", self.mongodb.ask),
                backing_service("Kafka", self.kafka.ask),
                notifier_itself(self.own.ask, depends_on=("MongoDB", "Kafka")),
            ],
            self.channels,
            announce_after=timedelta(seconds=patience),
            clock=self.clock,
        )

    async def seconds(self, number: int) -> None:
        for _ in range(0, number, 2):
            await self.resort.check_once()
            self.clock.forward(2)

    def said(self) -> list[str]:
        return [letter.subject for letter in self.channels[0].accepted]


async def test_a_minute_is_waited_then_it_is_said_once() -> None:
    here = Resort()
    here.mongodb.well = False
    await here.seconds(58)
    assert here.said() == []
    await here.seconds(600)
    assert here.said() == ["MongoDB is not responding"]
    assert not here.resort.healthy


async def test_the_letter_says_since_when_what_it_means_and_what_next() -> None:
    here = Resort()
    here.kafka.well = False
    await here.seconds(70)
    [letter] = here.channels[0].accepted
    assert letter.urgent
    assert letter.body == (
        "Kafka has not responded for 60 seconds. Until it is back, no server is created or "
        "deleted. Nothing is lost: webhooks are kept, or GHL is asked to send them again.\n"
        "Customer: all customers\n"
        "Plan: all plans\n"
        "Since: 2026-11-02 12:00 UTC\n"
        "What happens next: An engineer has to restart it. All work then continues automatically, "
        "and you receive a message.\n"
    )


async def test_its_end_is_said_to_who_was_told() -> None:
    here = Resort()
    here.mongodb.well = False
    await here.seconds(120)
    here.mongodb.well = True
    await here.seconds(20)
    assert here.said() == ["MongoDB is not responding", "Resolved: MongoDB is responding again"]
    assert here.resort.healthy


async def test_a_short_absence_is_not_mentioned() -> None:
    here = Resort()
    here.mongodb.well = False
    await here.seconds(50)
    here.mongodb.well = True
    await here.seconds(120)
    assert here.said() == []


async def test_while_it_lasts_it_is_said_again_after_a_quarter_of_an_hour_and_then_hourly() -> None:
    here = Resort()
    here.kafka.well = False
    await here.seconds(60 + 15 * 60 + 2 * 3600 + 10)
    assert here.said() == ["Kafka is not responding"] * 4


async def test_a_channel_that_takes_nothing_is_passed_over_and_the_end_is_not_lost() -> None:
    slack, email = FakeChannel(), FakeChannel("email")
    here = Resort(slack, email)

    async def busy() -> None:
        slack.accepted.clear()
        raise TryLater("busy")

    async def busy_too() -> None:
        email.accepted.clear()
        raise TryLater("busy")

    slack.fault = busy
    here.mongodb.well = False
    await here.seconds(70)
    assert [letter.subject for letter in email.accepted] == ["MongoDB is not responding"]
    here.mongodb.well, email.fault = True, busy_too
    await here.seconds(10)
    slack.fault = None
    await here.seconds(10)
    assert here.said() == ["Resolved: MongoDB is responding again"]


async def test_the_notifier_says_that_it_is_stuck_itself() -> None:
    here = Resort()
    here.own.well = False
    await here.seconds(70)
    assert here.said() == ["The notifier is not responding"]


async def test_the_notifier_is_not_impatient_with_itself() -> None:
    here = Resort(patience=2)
    here.own.well = False
    await here.seconds(56)
    assert here.said() == []
    await here.seconds(10)
    assert here.said() == ["The notifier is not responding"]


async def test_what_rests_on_something_that_is_gone_is_not_told_beside_it() -> None:
    here = Resort()
    here.own.well = here.kafka.well = False
    await here.seconds(600)
    assert here.said() == ["Kafka is not responding"]
