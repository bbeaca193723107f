"""Starting and stopping while Kafka is down: the clients alone would raise, or never end."""

import asyncio
import contextlib
import uuid

import pytest
from slipway.backing import Backing
from slipway.contracts import topics
from slipway.eventstore.memory import MemoryEventStore
from slipway.messaging.consumer import Consumers, Inbox, Member
from slipway.messaging.producer import open_producer
from slipway.messaging.topics_admin import ensure_topics

from tests.support.builders.sample_decider import now
from tests.support.dsl.waiting import eventually
from tests.support.servers.own_backing import own_backing
from tests.support.servers.sample_topic import SampleTopic

pytestmark = pytest.mark.backing
__all__ = ["own_backing"]


async def test_everything_that_starts_before_its_broker_waits_and_then_works(
    own_backing: Backing,
) -> None:
    url, namespace = own_backing.kafka_url, f"t{uuid.uuid4().hex[:12]}"
    await asyncio.to_thread(own_backing.kill_kafka)
    heard = asyncio.Event()

    async def handle(_recorded: object) -> None:
        heard.set()

    inbox = Inbox("tests", [topics.FEEDBACK], handle)
    consumers = Consumers(
        url, namespace, [inbox], MemoryEventStore(now), now, Member("tests", "one")
    )
    opening = asyncio.create_task(open_producer(url, namespace, source="tests"))
    starting = [
        asyncio.create_task(ensure_topics(url, namespace)),
        asyncio.create_task(consumers.start()),
        opening,
    ]
    ended, _ = await asyncio.wait(starting, timeout=4)
    assert not ended, "neither raised nor gave up"
    await asyncio.to_thread(own_backing.start_kafka)
    async with asyncio.timeout(60):
        await asyncio.gather(*starting)
    producer = opening.result()
    try:
        await SampleTopic(url, namespace, producer).vote("ada", 1)

        async def was_heard() -> bool:
            return heard.is_set()

        await eventually(was_heard)
    finally:
        await consumers.stop()
        await producer.stop()


async def test_a_producer_stops_although_its_last_send_cannot_arrive(own_backing: Backing) -> None:
    """Its flush has no end of its own, and every deploy in an outage would hang."""
    url, namespace = own_backing.kafka_url, f"t{uuid.uuid4().hex[:12]}"
    await ensure_topics(url, namespace)
    producer = await open_producer(url, namespace, source="tests")
    await SampleTopic(url, namespace, producer).vote("ada", 1)
    await asyncio.to_thread(own_backing.kill_kafka)
    stuck = asyncio.create_task(SampleTopic(url, namespace, producer).vote("ada", 2))
    try:
        ended, _ = await asyncio.wait([stuck], timeout=2)
        assert not ended, "an idempotent send waits for ever"
        async with asyncio.timeout(60):
            await producer.stop()
    finally:
        stuck.cancel()
        with contextlib.suppress(asyncio.CancelledError, Exception):
            await stuck
