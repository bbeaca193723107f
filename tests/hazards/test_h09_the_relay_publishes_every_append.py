"""H9: whatever happens to the relay, every event is published, each stream's in order."""

import itertools
from collections.abc import AsyncIterator, Sequence
from typing import Any

import pytest
from motor.motor_asyncio import AsyncIOMotorDatabase
from slipway.eventstore.archive import Archive
from slipway.eventstore.change_stream_event import appended
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


async def _append(database: AsyncIOMotorDatabase[Any], stream: str, count: int = 1) -> list[str]:
    store = MongoEventStore(database)
    loaded = await store.load(DECIDER, stream)
    events = [vote(3) for _ in range(count)]
    after = await store.append(DECIDER, loaded, events, now=now(), meta=META)
    return [f"0/{stream}/{version}" for version in range(loaded.version + 1, after.version + 1)]


def _in_order(taken: Sequence[str], stream: str) -> list[int]:
    """The versions of a stream in the order of their first arrival."""
    mine = [int(id_.rpartition("/")[2]) for id_ in taken if id_.startswith(f"0/{stream}/")]
    return list(dict.fromkeys(mine))


async def test_h09_appends_before_the_first_start_are_scanned(
    database: AsyncIOMotorDatabase[Any],
) -> None:
    before = await _append(database, "feedback-ada", 3)
    kafka = FakeKafka()
    async with running(relay_on(database, kafka)):
        await eventually(lambda: kafka.all_of(*before))
        later = await _append(database, "feedback-ada")
        await eventually(lambda: kafka.all_of(*later))
    assert _in_order(kafka.taken, "feedback-ada") == [1, 2, 3, 4]


async def test_h09_a_killed_relay_continues_after_its_last_acknowledged_event(
    database: AsyncIOMotorDatabase[Any],
) -> None:
    kafka = FakeKafka()
    async with running(relay_on(database, kafka)):
        first = await _append(database, "feedback-ada")
        await eventually(lambda: kafka.all_of(*first))
        await eventually(lambda: saved_position_covers(database, "feedback-ada"))
        kafka.closed = True
        tries = kafka.tries
        lost = await _append(database, "feedback-ada") + await _append(database, "feedback-bob")

        async def tried() -> bool:
            return kafka.tries > tries

        await eventually(tried)
        assert not await saved_position_covers(database, "feedback-bob")
    missed = await _append(database, "feedback-eve")
    await expire_lease(database)
    kafka.closed = False
    async with running(relay_on(database, kafka, "two")):
        await eventually(lambda: kafka.all_of(*lost, *missed))
    assert _in_order(kafka.taken, "feedback-ada") == [1, 2]


async def test_h09_a_lost_token_costs_no_event(database: AsyncIOMotorDatabase[Any]) -> None:
    kafka = FakeKafka()
    async with running(relay_on(database, kafka)):
        first = await _append(database, "feedback-ada")
        await eventually(lambda: kafka.all_of(*first))
        await eventually(lambda: saved_position_covers(database, "feedback-ada"))
    missed = await _append(database, "feedback-ada", 2) + await _append(database, "feedback-bob")
    await database["relay"].update_one(
        {"_id": "position"}, {"$unset": {"token": ""}, "$set": {"lease": None}}
    )
    async with running(relay_on(database, kafka, "two")):
        await eventually(lambda: kafka.all_of(*missed))


async def test_h09_a_token_that_history_no_longer_holds_leads_to_a_scan(
    database: AsyncIOMotorDatabase[Any],
) -> None:
    kafka = FakeKafka()
    async with running(relay_on(database, kafka)):
        first = await _append(database, "feedback-ada")
        await eventually(lambda: kafka.all_of(*first))
        await eventually(lambda: saved_position_covers(database, "feedback-ada"))
        second = await _append(database, "feedback-ada")
        await eventually(lambda: kafka.all_of(*second))
        await eventually(lambda: saved_position_covers(database, "feedback-ada"))
    missed = await _append(database, "feedback-ada")
    place = await database["relay"].find_one({"_id": "position"})
    assert place is not None
    # A change that never was: MongoDB can't find where to go on, as if the oplog had moved past.
    lost = place["token"]["_data"].replace(b"ada".hex().upper(), b"abc".hex().upper())
    assert lost != place["token"]["_data"]
    await database["relay"].update_one(
        {"_id": "position"}, {"$set": {"lease": None, "token": {"_data": lost}}}
    )
    async with running(relay_on(database, kafka, "two")):
        await eventually(lambda: kafka.all_of(*missed))


async def test_h09_a_push_onto_an_emptied_array_is_published(
    database: AsyncIOMotorDatabase[Any],
) -> None:
    kafka = FakeKafka()
    async with running(relay_on(database, kafka)):
        first = await _append(database, "feedback-ada", 2)
        await eventually(lambda: kafka.all_of(*first))
        await database["streams"].update_one({"_id": "feedback-ada"}, {"$set": {"events": []}})
        second = await _append(database, "feedback-ada", 2)
        await eventually(lambda: kafka.all_of(*second))
    assert _in_order(kafka.taken, "feedback-ada") == [1, 2, 3, 4]


async def test_h09_archiving_publishes_nothing_again(database: AsyncIOMotorDatabase[Any]) -> None:
    kafka = FakeKafka()
    async with running(relay_on(database, kafka)):
        first = await _append(database, "feedback-ada", 8)
        await eventually(lambda: kafka.all_of(*first))
        await Archive(database).shorten("feedback-ada", keep=2)
        second = await _append(database, "feedback-ada")
        await eventually(lambda: kafka.all_of(*second))
    assert len(kafka.taken) == 9
    versions = [record.version for record in await MongoEventStore(database).read("feedback-ada")]
    assert versions == list(range(1, 10))


async def test_h09_many_streams_at_once_keep_their_orders(
    database: AsyncIOMotorDatabase[Any],
) -> None:
    kafka = FakeKafka()
    streams = [f"feedback-{number}" for number in range(10)]
    async with running(relay_on(database, kafka)):
        ids = [
            id_
            for _, stream in itertools.product(range(5), streams)
            for id_ in await _append(database, stream, 2)
        ]
        await eventually(lambda: kafka.all_of(*ids))
    for stream in streams:
        assert _in_order(kafka.taken, stream) == list(range(1, 11))


async def test_h09_one_relay_of_two_is_active(database: AsyncIOMotorDatabase[Any]) -> None:
    one, two = FakeKafka(), FakeKafka()
    async with running(relay_on(database, one)):
        first = await _append(database, "feedback-ada")
        await eventually(lambda: one.all_of(*first))
        async with running(relay_on(database, two, "two")):
            second = await _append(database, "feedback-ada")
            await eventually(lambda: one.all_of(*second))
    assert two.taken == []


async def test_h09_the_age_of_the_oldest_unpublished_append_grows(
    database: AsyncIOMotorDatabase[Any],
) -> None:
    kafka = FakeKafka()
    kafka.closed = True
    relay = relay_on(database, kafka)
    async with running(relay):
        await _append(database, "feedback-ada")

        async def old() -> bool:
            return await relay.oldest_unpublished() > 0.3

        await eventually(old)
        kafka.closed = False

        async def nothing_waits() -> bool:
            return await relay.oldest_unpublished() == 0.0

        await eventually(nothing_waits)


def test_h09_all_shapes_of_a_change_are_read() -> None:
    entries = [{"version": version} for version in (7, 8)]
    at = now()
    pushed = {"events.7": entries[1], "events.6": entries[0], "version": 8, "appended_at": at}
    whole = {"events": entries, "version": 8, "appended_at": at}
    for fields in (pushed, whole):
        change = {
            "operationType": "update",
            "documentKey": {"_id": "feedback-ada"},
            "updateDescription": {"updatedFields": fields},
        }
        assert appended(change).entries == entries
