"""Moving old events out of a long stream: a killed or stalled process loses none."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from motor.motor_asyncio import AsyncIOMotorDatabase
from slipway.eventstore.archive import KEPT, LONG, Archive
from slipway.eventstore.mongo import MongoEventStore

from tests.support.builders.sample_decider import DECIDER, META, now, vote
from tests.support.servers.databases import fresh_database

pytestmark = pytest.mark.backing

_STREAM = "feedback-ada"


@pytest.fixture
async def database(mongodb_url: str) -> AsyncIterator[AsyncIOMotorDatabase[Any]]:
    async with fresh_database(mongodb_url) as found:
        await MongoEventStore(found).prepare()
        yield found


class _SlowToWrite:
    """The archive's collection as a mover sees it that stalls right before its write."""

    def __init__(self, collection: Any) -> None:
        self._collection = collection
        self.about_to_write = asyncio.Event()
        self.go_on = asyncio.Event()

    async def replace_one(self, *asked: Any, **more: Any) -> None:
        self.about_to_write.set()
        await self.go_on.wait()
        await self._collection.replace_one(*asked, **more)


async def _append(database: AsyncIOMotorDatabase[Any], count: int) -> None:
    store = MongoEventStore(database)
    loaded = await store.load(DECIDER, _STREAM)
    await store.append(DECIDER, loaded, [vote(3) for _ in range(count)], now=now(), meta=META)


async def _versions(database: AsyncIOMotorDatabase[Any]) -> list[int]:
    return [one.version for one in await MongoEventStore(database).read(_STREAM)]


async def test_a_long_stream_is_kept_short_and_read_whole(
    database: AsyncIOMotorDatabase[Any],
) -> None:
    await _append(database, LONG + 20)
    document = await database["streams"].find_one({"_id": _STREAM})
    assert document is not None
    assert len(document["events"]) == KEPT
    assert await _versions(database) == list(range(1, LONG + 21))


async def test_a_stalled_archiver_does_not_overwrite_what_a_faster_one_moved(
    database: AsyncIOMotorDatabase[Any],
) -> None:
    await _append(database, LONG - 1)
    slow = Archive(database)
    stalled = _SlowToWrite(database["archive"])
    slow._archive = stalled  # type: ignore[assignment]
    moving = asyncio.create_task(slow.shorten(_STREAM))
    await stalled.about_to_write.wait()
    await _append(database, LONG)
    stalled.go_on.set()
    await moving
    assert await _versions(database) == list(range(1, 2 * LONG))


async def test_a_death_between_copying_and_removing_shows_each_event_once(
    database: AsyncIOMotorDatabase[Any],
) -> None:
    await _append(database, LONG - 1)
    document = await database["streams"].find_one({"_id": _STREAM})
    assert document is not None
    old = document["events"][:-KEPT]
    await database["archive"].insert_one(
        {"_id": f"{_STREAM}/1-{len(old)}", "stream": _STREAM, "last": len(old), "events": old}
    )
    assert await _versions(database) == list(range(1, LONG))
    await _append(database, LONG)
    assert await _versions(database) == list(range(1, 2 * LONG))
