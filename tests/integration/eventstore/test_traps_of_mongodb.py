"""What MongoDB would do with an append that is written carelessly (docs/traps.md)."""

from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import pytest
from motor.motor_asyncio import AsyncIOMotorDatabase
from slipway.eventstore.decider import Decider
from slipway.eventstore.mongo import MongoEventStore
from slipway.eventstore.store import VersionConflict

from tests.support.builders.sample_decider import DECIDER, META, Say, Voter, now, vote
from tests.support.servers.databases import fresh_database

pytestmark = pytest.mark.backing

DEAF: Decider[Say, Voter] = replace(DECIDER, evolve=lambda state, _event: state)
"""Its state stays small whatever is said."""
HUGE = "x" * 1_000_000


@pytest.fixture
async def database(mongodb_url: str) -> AsyncIterator[AsyncIOMotorDatabase[Any]]:
    async with fresh_database(mongodb_url) as found:
        yield found


async def test_a_late_append_to_a_deleted_stream_does_not_create_a_stream_without_its_start(
    database: AsyncIOMotorDatabase[Any],
) -> None:
    """An upsert takes the version it looks for into the document it makes."""
    store = MongoEventStore(database)
    late = replace(await store.load(DECIDER, "feedback-ada"), version=7)
    with pytest.raises(VersionConflict):
        await store.append(DECIDER, late, [vote(3)], now=now(), meta=META)
    assert await database["streams"].count_documents({}) == 0


async def test_a_few_very_large_events_do_not_stop_a_stream_at_16_mb(
    database: AsyncIOMotorDatabase[Any],
) -> None:
    store = MongoEventStore(database)
    stream = await store.load(DEAF, "feedback-ada")
    for _ in range(20):
        large = vote(3).model_copy(update={"comment": HUGE})
        stream = await store.append(DEAF, stream, [large], now=now(), meta=META)
    kept = await store.read("feedback-ada")
    assert [record.version for record in kept] == list(range(1, 21))
