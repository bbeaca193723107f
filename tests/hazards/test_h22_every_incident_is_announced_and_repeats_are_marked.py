"""H22: a crash after Slack accepted a message, a growing incident, and many symptoms."""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import bson
import pytest
from motor.motor_asyncio import AsyncIOMotorDatabase
from slipway.contracts.incidents import IncidentCause, IncidentCounted, IncidentGrew
from slipway.eventstore.mongo import MongoEventStore
from slipway.notifier.incident_key import IncidentKey
from slipway.notifier.incidents import decider as incident
from slipway.notifier.incidents.commands import Acknowledge, Raise, UpdateCount
from slipway.notifier.incidents.intake import IncidentIntake
from slipway.notifier.incidents.rules.result import Recovery
from slipway.notifier.incidents.state import INITIAL
from slipway.notifier.incidents.symptoms import Symptoms
from slipway.notifier.notifications.port import OutcomeUnknown, TryLater

from tests.support.builders.sample_decider import now
from tests.support.dsl.notifier_worker import META, FakeChannel, NotifierInMemory, symptom
from tests.support.servers.databases import fresh_database


class _KilledError(BaseException):
    """Stands for a killed process: no code after it runs."""


async def test_h22_a_crash_between_message_and_receipt_leads_to_a_marked_repeat() -> None:
    slack = FakeChannel()

    async def die() -> None:
        raise _KilledError

    notifier = NotifierInMemory(slack)
    await notifier.incident_opens()
    slack.fault = die
    with pytest.raises(_KilledError):
        await notifier.send()
    slack.fault = None
    await notifier.send(timedelta(seconds=31))
    first, second = slack.accepted
    assert "repeat" not in first.subject
    assert second.subject.startswith(first.subject)
    assert "repeat" in second.subject
    await notifier.send(timedelta(minutes=10))
    assert len(slack.accepted) == 2


async def test_h22_a_lost_reply_leads_to_a_marked_repeat() -> None:
    slack = FakeChannel()

    async def lose() -> None:
        raise OutcomeUnknown("no answer")

    notifier = NotifierInMemory(slack)
    await notifier.incident_opens()
    slack.fault = lose
    await notifier.send()
    slack.fault = None
    await notifier.send(timedelta(seconds=2))
    assert ["repeat" in message.subject for message in slack.accepted] == [False, True]


async def test_h22_a_certain_failure_is_no_repeat_and_fails_over() -> None:
    slack, email = FakeChannel(), FakeChannel("email")

    async def refuse() -> None:
        slack.accepted.clear()
        raise TryLater("busy")

    notifier = NotifierInMemory(slack, email)
    await notifier.incident_opens()
    slack.fault = refuse
    for _ in range(6):
        await notifier.send(timedelta(seconds=10))
    assert slack.accepted == []
    assert ["repeat" in message.subject for message in email.accepted] == [False]


def test_h22_growth_of_an_acknowledged_incident_is_announced() -> None:
    state = INITIAL
    decider = incident.DECIDER
    state = decider.fold(decider.decide(Raise(symptom(), now()), state), state)
    assert state.opened is not None
    seen = Acknowledge(state.opened.incident_id, "c1", "user:ada", "on it")
    state = decider.fold(decider.decide(seen, state), state)
    [quiet] = decider.decide(UpdateCount(9, now()), state)
    assert isinstance(quiet, IncidentCounted)
    grown = decider.decide(UpdateCount(100, now()), state)
    assert [event.symptom_count for event in grown if isinstance(event, IncidentGrew)] == [100]
    state = decider.fold(grown, state)
    [quiet] = decider.decide(UpdateCount(101, now()), state)
    assert isinstance(quiet, IncidentCounted)


@pytest.fixture
async def database(mongodb_url: str) -> AsyncIterator[AsyncIOMotorDatabase[Any]]:
    async with fresh_database(mongodb_url) as found:
        yield found


async def test_h22_hundreds_of_symptoms_keep_the_stream_small_and_count_once(
    database: AsyncIOMotorDatabase[Any],
) -> None:
    store, symptoms = MongoEventStore(database), Symptoms(database)
    await store.prepare()
    await symptoms.prepare()
    intake = IncidentIntake(store, symptoms, clock=now)
    many, key = 300, IncidentKey(IncidentCause.ACCOUNT_PAUSED, "hetzner/main")
    for number in range(many):
        found = symptom(
            f"loc:customer{number}-1", cause=IncidentCause.ACCOUNT_PAUSED, subject="hetzner/main"
        )
        await intake.handle_results(f"event{number}", [found], now=now(), meta=META)
        await intake.handle_results(f"event{number}", [found], now=now(), meta=META)
    assert await symptoms.count_affected(key) == many
    stream = key.stream()
    document = await database["streams"].find_one({"_id": stream})
    assert document is not None
    # Opened, each number from 2 to 21, grown to 50 and 100, and counted after each of them.
    assert document["version"] == 1 + 20 + 2 * 2
    assert len(bson.encode(document)) < 16 * 1024
    over = Recovery(IncidentCause.ACCOUNT_PAUSED, "hetzner/main", None, "It answers again.")
    await intake.handle_results("recovered", [over], now=now(), meta=META)
    # Kafka may redeliver an event long after its cause has recovered.
    await intake.handle_results(
        "event7",
        [symptom("loc:customer7-1", cause=IncidentCause.ACCOUNT_PAUSED, subject="hetzner/main")],
        now=now(),
        meta=META,
    )
    state = (await store.load(incident.DECIDER, stream)).state
    assert state.opened is None
