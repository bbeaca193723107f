"""H18: events are stored but not published, and the alarm must not need the same relay."""

from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from motor.motor_asyncio import AsyncIOMotorDatabase
from slipway.contracts.envelope import Recorded
from slipway.contracts.heartbeats import Heartbeat
from slipway.contracts.incidents import IncidentCause
from slipway.eventstore.mongo import MongoEventStore
from slipway.notifier.incidents.rules.result import Recovery, Symptom
from slipway.notifier.monitoring.health import HealthEvaluator, Limits
from slipway.telemetry.heartbeat import HeartbeatPublisher, HeartbeatSample

from tests.support.builders.sample_decider import DECIDER, META, now, vote
from tests.support.dsl.waiting import eventually
from tests.support.servers.databases import fresh_database
from tests.support.servers.relay import FakeKafka, relay_on, running

LIMITS = Limits(unpublished_seconds=0.3, missing_after=timedelta(seconds=20))


class Straight:
    """Stands for Kafka, which heartbeats reach without the relay."""

    def __init__(self) -> None:
        self.beats: list[Heartbeat] = []

    async def publish(self, recorded: Recorded) -> None:
        assert isinstance(recorded.event, Heartbeat)
        self.beats.append(recorded.event)


@pytest.fixture
async def database(mongodb_url: str) -> AsyncIterator[AsyncIOMotorDatabase[Any]]:
    async with fresh_database(mongodb_url) as found:
        await MongoEventStore(found).prepare()
        yield found


def _symptoms(signs: HealthEvaluator, at: datetime) -> set[str]:
    found = signs.evaluate(at)
    return {one.cause for one in found if isinstance(one, Symptom)}


async def test_h18_the_heartbeat_reports_a_stuck_relay(
    database: AsyncIOMotorDatabase[Any],
) -> None:
    kafka, straight = FakeKafka(), Straight()
    kafka.closed = True
    relay = relay_on(database, kafka)

    async def sample() -> HeartbeatSample:
        return {"oldest_unpublished_seconds": await relay.oldest_unpublished()}

    heart = HeartbeatPublisher(straight, "ingest", "ingest-1", sample)
    signs = HealthEvaluator(("ingest",), now(), LIMITS)
    store = MongoEventStore(database)

    async def seen() -> bool:
        await heart.publish_once()
        signs.record_heartbeat(straight.beats[-1], now())
        return IncidentCause.SERVICE_UNHEALTHY in _symptoms(signs, now())

    async with running(relay):
        none = await store.load(DECIDER, "feedback-ada")
        await store.append(DECIDER, none, [vote(3)], now=now(), meta=META)
        await eventually(seen)
        assert kafka.taken == []
        kafka.closed = False

        async def well_again() -> bool:
            await heart.publish_once()
            signs.record_heartbeat(straight.beats[-1], now())
            return IncidentCause.SERVICE_UNHEALTHY not in _symptoms(signs, now())

        await eventually(well_again)


async def test_h18_a_missing_heartbeat_is_a_symptom_and_its_return_a_recovery() -> None:
    start = now()
    signs = HealthEvaluator(("ingest",), start, LIMITS)
    assert IncidentCause.HEARTBEAT_MISSING not in _symptoms(signs, start + timedelta(seconds=19))
    assert IncidentCause.HEARTBEAT_MISSING in _symptoms(signs, start + timedelta(seconds=21))
    beat = Heartbeat(service="ingest", instance="ingest-1", at=start, started_at=start)
    signs.record_heartbeat(beat, start + timedelta(seconds=30))
    found = signs.evaluate(start + timedelta(seconds=31))
    assert any(
        isinstance(one, Recovery) and one.cause == IncidentCause.HEARTBEAT_MISSING for one in found
    )


async def test_h18_heartbeats_continue_without_the_store() -> None:
    straight = Straight()

    async def broken() -> HeartbeatSample:
        raise ConnectionError

    await HeartbeatPublisher(straight, "ingest", "ingest-1", broken).publish_once()
    assert straight.beats[0].service == "ingest"
