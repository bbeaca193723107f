"""H9: killed between append, send, acknowledgement, token and archive: every event, in order."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from motor.motor_asyncio import AsyncIOMotorDatabase
from slipway.eventstore.archive import LONG, Archive
from slipway.eventstore.mongo import MongoEventStore

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


class DyingBus(FakeKafka):
    """Its process is killed at this many records: before the broker has it, or just after."""

    def __init__(self, dies_at: int, *, taken: bool) -> None:
        super().__init__()
        self.dies_at, self.keeps_last = dies_at, taken
        self.dead = asyncio.Event()

    async def produce(
        self, topic: str, key: bytes, value: bytes, headers: list[tuple[str, bytes]]
    ) -> None:
        if self.dead.is_set() or len(self.taken) == self.dies_at:
            if self.keeps_last and not self.dead.is_set():
                await super().produce(topic, key, value, headers)
            self.dead.set()
            await asyncio.Event().wait()
        await super().produce(topic, key, value, headers)


async def _append(database: AsyncIOMotorDatabase[Any], stream: str, count: int = 1) -> list[str]:
    store = MongoEventStore(database)
    loaded = await store.load(DECIDER, stream)
    after = await store.append(DECIDER, loaded, [vote(3)] * count, now=now(), meta=META)
    return [f"0/{stream}/{version}" for version in range(loaded.version + 1, after.version + 1)]


def _versions(taken: list[str], stream: str) -> list[int]:
    """The versions of a stream in the order of their first arrival."""
    mine = [int(id_.rpartition("/")[2]) for id_ in taken if id_.startswith(f"0/{stream}/")]
    return list(dict.fromkeys(mine))


async def test_h09_killed_at_any_record_again_and_again(
    database: AsyncIOMotorDatabase[Any],
) -> None:
    ids: list[str] = []
    taken: list[str] = []
    for life in range(8):
        kafka = DyingBus(dies_at=life % 4, taken=life % 2 == 0)
        async with running(relay_on(database, kafka, f"life {life}")):
            ids += await _append(database, "feedback-ada", 2)
            ids += await _append(database, "feedback-bob", 3)
            await asyncio.wait_for(kafka.dead.wait(), 10)
        taken += kafka.taken
        await expire_lease(database)
    last = FakeKafka()
    async with running(relay_on(database, last, "last")):
        await eventually(lambda: last.all_of(ids[-1]))
        await eventually(lambda: saved_position_covers(database, "feedback-bob"))
    taken += last.taken
    assert set(taken) == set(ids)
    assert _versions(taken, "feedback-ada") == list(range(1, 17))
    assert _versions(taken, "feedback-bob") == list(range(1, 25))


async def test_h09_a_send_that_ended_in_any_other_way_is_no_acknowledgement(
    database: AsyncIOMotorDatabase[Any],
) -> None:
    class Odd(FakeKafka):
        async def produce(self, *args: Any) -> None:
            if not self.closed:
                await super().produce(*args)
                return
            self.tries += 1
            raise asyncio.CancelledError

    kafka = Odd()
    async with running(relay_on(database, kafka)):
        first = await _append(database, "feedback-ada")
        await eventually(lambda: kafka.all_of(*first))
        kafka.closed = True
        tries = kafka.tries
        odd = await _append(database, "feedback-bob")

        async def tried_again() -> bool:
            return kafka.tries > tries + 1

        await eventually(tried_again)
        assert not await saved_position_covers(database, "feedback-bob")
        kafka.closed = False
        await eventually(lambda: kafka.all_of(*odd))


async def test_h09_a_long_streams_archived_events_are_scanned_too(
    database: AsyncIOMotorDatabase[Any],
) -> None:
    ids = []
    for _ in range(5):
        ids += await _append(database, "feedback-ada", 50)
    document = await database["streams"].find_one({"_id": "feedback-ada"})
    assert document is not None
    assert len(document["events"]) < LONG, "the oldest have moved out"
    kafka = FakeKafka()
    async with running(relay_on(database, kafka)):
        await eventually(lambda: kafka.all_of(*ids))
    assert kafka.taken == ids


@pytest.mark.parametrize("appended_between", [0, 3])
async def test_h09_an_archive_killed_between_copy_and_removal_shows_each_event_once(
    database: AsyncIOMotorDatabase[Any], appended_between: int
) -> None:
    ids = await _append(database, "feedback-ada", 9)
    before = await database["streams"].find_one({"_id": "feedback-ada"})
    assert before is not None
    await Archive(database).shorten("feedback-ada", keep=2)
    # The copy stands and the removal never came.
    await database["streams"].update_one(
        {"_id": "feedback-ada"}, {"$set": {"events": before["events"]}}
    )
    if appended_between:
        ids += await _append(database, "feedback-ada", appended_between)
    store = MongoEventStore(database)
    whole = list(range(1, len(ids) + 1))
    assert [record.version for record in await store.read("feedback-ada")] == whole
    await Archive(database).shorten("feedback-ada", keep=1)
    assert [record.version for record in await store.read("feedback-ada")] == whole
    assert [record.version for record in await store.read("feedback-ada", 4)] == whole[4:]
    kafka = FakeKafka()
    async with running(relay_on(database, kafka)):
        await eventually(lambda: kafka.all_of(*ids))
    assert kafka.taken == ids
