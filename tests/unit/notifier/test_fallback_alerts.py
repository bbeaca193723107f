"""Fallback alerts about Kafka, MongoDB or the notifier, sent without any of them."""

from datetime import timedelta

from slipway.notifier.monitoring.fallback_alerts import (
    FallbackAlerts,
    backing_service,
    notifier_itself,
)
from slipway.notifier.notifications.port import TryLater

from tests.support.dsl.notifier_worker import FakeChannel
from tests.support.fakes.clock import HandClock


class FakeDependency:
    healthy = True

    async def check(self) -> None:
        if not self.healthy:
            raise ConnectionError


class Alerts:
    def __init__(self, *channels: FakeChannel, announce_after: float = 60) -> None:
        self.clock = HandClock()
        self.mongodb, self.kafka, self.own = FakeDependency(), FakeDependency(), FakeDependency()
        self.channels = channels or (FakeChannel(),)
        self.alerts = FallbackAlerts(
            [
                backing_service("MongoDB", self.mongodb.check),
                backing_service("Kafka", self.kafka.check),
                notifier_itself(self.own.check, depends_on=("MongoDB", "Kafka")),
            ],
            self.channels,
            announce_after=timedelta(seconds=announce_after),
            clock=self.clock,
        )

    async def seconds(self, number: int) -> None:
        for _ in range(0, number, 2):
            await self.alerts.check_once()
            self.clock.forward(2)

    def subjects(self) -> list[str]:
        return [message.subject for message in self.channels[0].accepted]


async def test_an_outage_of_a_minute_is_announced_once() -> None:
    here = Alerts()
    here.mongodb.healthy = False
    await here.seconds(58)
    assert here.subjects() == []
    await here.seconds(600)
    assert here.subjects() == ["MongoDB is not responding"]
    assert not here.alerts.healthy


async def test_the_message_says_since_when_the_impact_and_the_next_step() -> None:
    here = Alerts()
    here.kafka.healthy = False
    await here.seconds(70)
    [message] = here.channels[0].accepted
    assert message.urgent
    assert message.body == (
        "Kafka has not responded for 60 seconds. Until it is back, no server is created or "
        "deleted. Nothing is lost: webhooks are kept, or GHL is asked to send them again.\n"
        "Customer: all customers\n"
        "Plan: all plans\n"
        "Since: 2026-11-02 12:00 UTC\n"
        "What happens next: An engineer has to restart it. All work then continues automatically, "
        "and you receive a message.\n"
    )


async def test_the_end_of_an_announced_outage_is_announced() -> None:
    here = Alerts()
    here.mongodb.healthy = False
    await here.seconds(120)
    here.mongodb.healthy = True
    await here.seconds(20)
    assert here.subjects() == ["MongoDB is not responding", "Resolved: MongoDB is responding again"]
    assert here.alerts.healthy


async def test_a_short_outage_is_not_announced() -> None:
    here = Alerts()
    here.mongodb.healthy = False
    await here.seconds(50)
    here.mongodb.healthy = True
    await here.seconds(120)
    assert here.subjects() == []


async def test_a_lasting_outage_is_repeated_after_15_minutes_and_then_hourly() -> None:
    here = Alerts()
    here.kafka.healthy = False
    await here.seconds(60 + 15 * 60 + 2 * 3600 + 10)
    assert here.subjects() == ["Kafka is not responding"] * 4


async def test_the_next_channel_takes_over_and_the_end_is_not_lost() -> None:
    slack, email = FakeChannel(), FakeChannel("email")
    here = Alerts(slack, email)

    async def busy() -> None:
        slack.accepted.clear()
        raise TryLater("busy")

    async def busy_too() -> None:
        email.accepted.clear()
        raise TryLater("busy")

    slack.fault = busy
    here.mongodb.healthy = False
    await here.seconds(70)
    assert [message.subject for message in email.accepted] == ["MongoDB is not responding"]
    here.mongodb.healthy, email.fault = True, busy_too
    await here.seconds(10)
    slack.fault = None
    await here.seconds(10)
    assert here.subjects() == ["Resolved: MongoDB is responding again"]


async def test_the_notifier_reports_that_it_is_stuck() -> None:
    here = Alerts()
    here.own.healthy = False
    await here.seconds(70)
    assert here.subjects() == ["The notifier is not responding"]


async def test_a_stuck_notifier_is_announced_after_a_minute_at_least() -> None:
    here = Alerts(announce_after=2)
    here.own.healthy = False
    await here.seconds(56)
    assert here.subjects() == []
    await here.seconds(10)
    assert here.subjects() == ["The notifier is not responding"]


async def test_an_outage_hides_the_ones_that_depend_on_it() -> None:
    here = Alerts()
    here.own.healthy = here.kafka.healthy = False
    await here.seconds(600)
    assert here.subjects() == ["Kafka is not responding"]
