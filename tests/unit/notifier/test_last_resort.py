"""Kafka, MongoDB or the notifier itself is ill: said without any of them, and its end as well."""

from datetime import timedelta

from slipway.notifier.monitoring.fallback_alerts import LastResort, backing, itself
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
        self.resort = LastResort(
            [
                backing("MongoDB", self.mongodb.ask),
                backing("Kafka", self.kafka.ask),
                itself(self.own.ask, rests_on=("MongoDB", "Kafka")),
            ],
            self.channels,
            patience=timedelta(seconds=patience),
            clock=self.clock,
        )

    async def seconds(self, number: int) -> None:
        for _ in range(0, number, 2):
            await self.resort.look()
            self.clock.forward(2)

    def said(self) -> list[str]:
        return [letter.subject for letter in self.channels[0].taken]


async def test_a_minute_is_waited_then_it_is_said_once() -> None:
    here = Resort()
    here.mongodb.well = False
    await here.seconds(58)
    assert here.said() == []
    await here.seconds(600)
    assert here.said() == ["MongoDB does not answer"]
    assert not here.resort.well


async def test_the_letter_says_since_when_what_it_means_and_what_next() -> None:
    here = Resort()
    here.kafka.well = False
    await here.seconds(70)
    [letter] = here.channels[0].taken
    assert letter.urgent
    assert letter.body == (
        "Kafka has not answered for 60 seconds. Until it is back no server is made or deleted. "
        "Nothing is lost: GHL's messages are kept, or GHL is told to send them again.\n"
        "Customer: all of them\n"
        "Plan: all of them\n"
        "Since: 2026-11-02 12:00 UTC\n"
        "What happens next: Somebody has to bring it back. All work then goes on by itself, and "
        "you get a message.\n"
    )


async def test_its_end_is_said_to_who_was_told() -> None:
    here = Resort()
    here.mongodb.well = False
    await here.seconds(120)
    here.mongodb.well = True
    await here.seconds(20)
    assert here.said() == ["MongoDB does not answer", "Over: MongoDB answers again"]
    assert here.resort.well


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
    assert here.said() == ["Kafka does not answer"] * 4


async def test_a_channel_that_takes_nothing_is_passed_over_and_the_end_is_not_lost() -> None:
    slack, email = FakeChannel(), FakeChannel("email")
    here = Resort(slack, email)

    async def busy() -> None:
        slack.taken.clear()
        raise TryLater("busy")

    async def busy_too() -> None:
        email.taken.clear()
        raise TryLater("busy")

    slack.mishap = busy
    here.mongodb.well = False
    await here.seconds(70)
    assert [letter.subject for letter in email.taken] == ["MongoDB does not answer"]
    here.mongodb.well, email.mishap = True, busy_too
    await here.seconds(10)
    slack.mishap = None
    await here.seconds(10)
    assert here.said() == ["Over: MongoDB answers again"]


async def test_the_notifier_says_that_it_is_stuck_itself() -> None:
    here = Resort()
    here.own.well = False
    await here.seconds(70)
    assert here.said() == ["The notifier does not answer"]


async def test_the_notifier_is_not_impatient_with_itself() -> None:
    here = Resort(patience=2)
    here.own.well = False
    await here.seconds(56)
    assert here.said() == []
    await here.seconds(10)
    assert here.said() == ["The notifier does not answer"]


async def test_what_rests_on_something_that_is_gone_is_not_told_beside_it() -> None:
    here = Resort()
    here.own.well = here.kafka.well = False
    await here.seconds(600)
    assert here.said() == ["Kafka does not answer"]
