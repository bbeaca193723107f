"""The batch inbox on a real Kafka and a real MongoDB."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest
from slipway.eventstore.store import StoreUnavailable

from tests.support.builders.customer_story import Story
from tests.support.dsl.projecting import Folded
from tests.support.servers.portal import ReadModels, read_models
from tests.support.servers.record_publisher import RecordPublisher, record_publisher
from tests.support.servers.reporting_inbox import running

pytestmark = pytest.mark.backing


@pytest.fixture
async def models(mongodb_url: str, namespace: str) -> AsyncIterator[ReadModels]:
    async with read_models(mongodb_url, namespace) as found:
        yield found


@pytest.fixture
async def relay(kafka_url: str, namespace: str) -> AsyncIterator[RecordPublisher]:
    async with record_publisher(kafka_url, namespace) as found:
        yield found


async def until(condition: Callable[[], Awaitable[bool]], seconds: float = 30) -> None:
    async with asyncio.timeout(seconds):
        while not await condition():  # noqa: ASYNC110 - a condition in a database
            await asyncio.sleep(0.05)


def _stories() -> list[Story]:
    return [Story(f"loc1:sub{number}").bought(number) for number in range(20)]


async def _automatic(models: ReadModels) -> int:
    total = 0
    async for bucket in models.database["buckets"].find({"span": "day"}):
        counts = bucket["counts"].get("tasks", {}).get("automatic", {})
        total += counts.get("create", 0)
    return total


async def test_events_of_all_topics_become_kpis_and_a_restart_continues_where_it_stopped(
    kafka_url: str, namespace: str, models: ReadModels, relay: RecordPublisher
) -> None:
    stories = _stories()
    for story in stories[:10]:
        await relay.publish(story.records)
    async with running(kafka_url, namespace, models.projector):
        await until(lambda: _is(models, 10))
    for story in stories[10:]:
        await relay.publish(story.records)
    for story in stories[:3]:
        await relay.publish(story.records)  # the relay repeats itself at new offsets
    async with running(kafka_url, namespace, models.projector):
        await until(lambda: _is(models, 20))
    expected = Folded().batch(record for story in stories for record in story.records)
    held = {task["_id"]: task["state"] async for task in models.database["tasks"].find()}
    assert held == {task["_id"]: task["state"] for task in expected.tasks()}


async def _is(models: ReadModels, automatic: int) -> bool:
    return await _automatic(models) == automatic


async def test_h10_two_processes_share_the_partitions_and_count_each_event_once(
    kafka_url: str, namespace: str, models: ReadModels, relay: RecordPublisher
) -> None:
    stories = _stories()
    async with running(kafka_url, namespace, models.projector):
        for story in stories[:7]:
            await relay.publish(story.records)
        async with running(kafka_url, namespace, models.projector, instance="two"):
            for story in stories[7:]:
                await relay.publish(story.records)
            await until(lambda: _is(models, 20))


async def test_one_unreadable_record_does_not_block_its_batch(
    kafka_url: str, namespace: str, models: ReadModels, relay: RecordPublisher
) -> None:
    await relay.publish(Story("loc1:sub1").bought().records)
    await relay.raw("vps", "loc1:bad1", b"{ not json", {"ce_type": "slipway.vps.ready.v1"})
    await relay.raw("vps", "loc1:bad2", None, {})
    await relay.publish(Story("loc1:sub2").bought().records)
    async with running(kafka_url, namespace, models.projector) as process:
        await until(lambda: _is(models, 2))
        assert {letter.key for letter in await process.open_dead_letters()} == {
            "loc1:bad1",
            "loc1:bad2",
        }


async def test_h12_a_type_newer_than_this_reader_stops_its_partition_and_is_reported(
    kafka_url: str, namespace: str, models: ReadModels, relay: RecordPublisher
) -> None:
    newer = {"ce_type": "slipway.vps.teleported.v1", "ce_correlationid": "c"}
    await relay.raw("vps", "loc1:sub1", b"{}", newer)
    await relay.publish(Story("loc1:sub1").bought().records)
    async with running(kafka_url, namespace, models.projector) as process:

        async def stopped() -> bool:
            return bool(process.consumers.stopped())

        await until(stopped)
        assert await _automatic(models) == 0
        assert "teleported" in next(iter(process.consumers.stopped().values()))
        assert await process.open_dead_letters() == []


class _AwayAtFirst:
    """The projector behind a database that is away for the first writes."""

    def __init__(self, models: ReadModels, times: int) -> None:
        self._projector = models.projector
        self._left = times
        self.offset = models.projector.offset

    async def apply(self, *args: object, **fields: object) -> None:
        if self._left:
            self._left -= 1
            raise StoreUnavailable("no primary")
        await self._projector.apply(*args, **fields)  # type: ignore[arg-type]


async def test_h12_while_the_database_is_unavailable_no_record_is_lost_or_dead_lettered(
    kafka_url: str, namespace: str, models: ReadModels, relay: RecordPublisher
) -> None:
    await relay.publish(Story("loc1:sub1").bought().records)
    async with running(kafka_url, namespace, _AwayAtFirst(models, 3)) as process:
        await until(lambda: _is(models, 1))
        assert await process.open_dead_letters() == []
