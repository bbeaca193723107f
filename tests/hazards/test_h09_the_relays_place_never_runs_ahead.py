"""H09: the relay's place covers only what was acknowledged, and no gap opens where it is lost."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest
from motor.motor_asyncio import AsyncIOMotorDatabase
from slipway.contracts.topics import MAX_RECORD_BYTES
from slipway.eventstore.mongo import MongoEventStore
from slipway.eventstore.store import MAX_EVENT_BYTES, EventTooLarge

from tests.support.builders.sample_decider import DECIDER, META, now, vote
from tests.support.dsl.waiting import eventually
from tests.support.servers.databases import fresh_database
from tests.support.servers.relay import (
    FakeKafka,
    expire_lease,
    relay_on,
    running,
    saved_position_covers,
)

pytestmark = pytest.mark.backing


@pytest.fixture
async def database(mongodb_url: str) -> AsyncIterator[AsyncIOMotorDatabase[Any]]:
    async with fresh_database(mongodb_url) as found:
        await MongoEventStore(found).prepare()
        yield found


async def _append(database: AsyncIOMotorDatabase[Any], stream: str) -> str:
    store = MongoEventStore(database)
    loaded = await store.load(DECIDER, stream)
    after = await store.append(DECIDER, loaded, [vote(3)], now=now(), meta=META)
    return f"0/{stream}/{after.version}"


async def _follows(database: AsyncIOMotorDatabase[Any]) -> bool:
    """Its scan is over: what comes now comes through the change stream."""
    place = await database["relay"].find_one({"_id": "position"})
    return place is not None and "token" in place


async def test_h09_events_appended_during_a_scan_are_published_too(
    database: AsyncIOMotorDatabase[Any],
) -> None:
    """Scanned first and opened second, it would lose what came between the two."""
    old = await _append(database, "feedback-ada")
    kafka = FakeKafka()
    kafka.held[old] = asyncio.Event()
    async with running(relay_on(database, kafka)):

        async def scanning() -> bool:
            return kafka.tries > 0

        await eventually(scanning)
        between = [await _append(database, "feedback-ada"), await _append(database, "feedback-bob")]
        kafka.held[old].set()
        await eventually(lambda: kafka.all_of(old, *between))


async def test_h09_a_scan_begins_before_the_newest_append_that_it_knows(
    database: AsyncIOMotorDatabase[Any],
) -> None:
    """Commits appear out of the order of their times: an older one may be seen later."""
    late = await _append(database, "feedback-ada")
    document = await database["streams"].find_one({"_id": "feedback-ada"})
    assert document is not None
    known = document["appended_at"] + timedelta(seconds=30)
    await database["relay"].insert_one({"_id": "position", "lease": None, "appended_at": known})
    kafka = FakeKafka()
    async with running(relay_on(database, kafka)):
        await eventually(lambda: kafka.all_of(late))


async def test_h09_the_position_waits_for_the_slowest_acknowledgement(
    database: AsyncIOMotorDatabase[Any],
) -> None:
    kafka = FakeKafka()
    kafka.refused = {b"feedback-ada"}
    relay = relay_on(database, kafka)
    async with running(relay):
        await eventually(lambda: _follows(database))
        stuck = await _append(database, "feedback-ada")
        taken = await _append(database, "feedback-bob")
        await eventually(lambda: kafka.all_of(taken))

        async def saved_several_times() -> bool:
            return await relay.oldest_unpublished() > 1

        await eventually(saved_several_times)
        assert not await saved_position_covers(database, "feedback-ada")
    await expire_lease(database)
    kafka.refused = set()
    async with running(relay_on(database, kafka, "two")):
        await eventually(lambda: kafka.all_of(stuck))


async def test_h09_a_streams_second_event_waits_for_its_first(
    database: AsyncIOMotorDatabase[Any],
) -> None:
    kafka = FakeKafka()
    kafka.held["0/feedback-ada/1"] = asyncio.Event()
    async with running(relay_on(database, kafka)):
        await eventually(lambda: _follows(database))
        first, second = (
            await _append(database, "feedback-ada"),
            await _append(database, "feedback-ada"),
        )
        other = await _append(database, "feedback-bob")
        await eventually(lambda: kafka.all_of(other))
        assert second not in kafka.taken
        kafka.held[first].set()
        await eventually(lambda: kafka.all_of(second))
    assert kafka.taken.index(first) < kafka.taken.index(second)


async def test_h09_the_relay_continues_right_after_an_invalidate(
    database: AsyncIOMotorDatabase[Any],
) -> None:
    """Without `startAfter` MongoDB refuses the place, and everything is published once more."""
    kafka = FakeKafka()
    streams, aside = f"{database.name}.streams", f"{database.name}.aside"
    async with running(relay_on(database, kafka)):
        before = await _append(database, "feedback-ada")
        await eventually(lambda: saved_position_covers(database, "feedback-ada"))
        await database.client.admin.command("renameCollection", streams, to=aside)
        await database.client.admin.command("renameCollection", aside, to=streams)
        after = await _append(database, "feedback-bob")
        await eventually(lambda: saved_position_covers(database, "feedback-bob"))
    assert kafka.taken == [before, after]


async def test_h09_events_before_an_invalidate_are_published_too(
    database: AsyncIOMotorDatabase[Any],
) -> None:
    kafka = FakeKafka()
    async with running(relay_on(database, kafka)):
        await eventually(lambda: _follows(database))
        kafka.closed = True
        before = await _append(database, "feedback-ada")
        await database["streams"].drop()
        after = await _append(database, "feedback-bob")
        since = kafka.tries

        async def tried_again_and_again() -> bool:
            return kafka.tries > since + 2

        await eventually(tried_again_and_again)
        kafka.closed = False
        await eventually(lambda: kafka.all_of(before, after))


async def test_h09_an_event_that_no_topic_would_take_is_refused_before_it_is_stored(
    database: AsyncIOMotorDatabase[Any],
) -> None:
    store = MongoEventStore(database)
    none = await store.load(DECIDER, "feedback-ada")
    huge = vote(3).model_copy(update={"comment": "x" * MAX_EVENT_BYTES})
    with pytest.raises(EventTooLarge):
        await store.append(DECIDER, none, [vote(3), huge], now=now(), meta=META)
    assert await store.read("feedback-ada") == []
    assert MAX_EVENT_BYTES < MAX_RECORD_BYTES / 2
