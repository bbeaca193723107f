"""H25: leases are set and compared by the server's clock; nobody's own clock takes part."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, timedelta
from typing import Any

import pytest
from motor.motor_asyncio import AsyncIOMotorDatabase
from slipway.eventstore.command_handling import handle
from slipway.eventstore.mongo import MongoEventStore

from tests.support.ballots import DECIDER, META, Say, ago, now
from tests.support.databases import fresh_database

pytestmark = pytest.mark.backing


@pytest.fixture
async def database(mongodb_url: str) -> AsyncIterator[AsyncIOMotorDatabase[Any]]:
    async with fresh_database(mongodb_url) as found:
        yield found


async def test_h25_the_end_of_a_lease_is_the_servers_time(
    database: AsyncIOMotorDatabase[Any],
) -> None:
    store = MongoEventStore(database)
    # This worker's own clock is a day ahead when it writes; the lease doesn't know.
    fast = now() + timedelta(days=1)
    command = Say(3, again_at=ago(1))
    await handle(store, DECIDER, "feedback-ada", command, now=fast, meta=META)
    assert await store.claim("feedback", "one", 30, 1)
    document = await database["streams"].find_one({"_id": "feedback-ada"})
    server = (await database.client.admin.command("hello"))["localTime"].replace(tzinfo=UTC)
    assert document is not None
    left = document["lease"]["until"].replace(tzinfo=UTC) - server
    assert timedelta(seconds=20) < left < timedelta(seconds=31)
    assert await store.claim("feedback", "two", 30, 1) == []


async def test_h25_sixteen_racing_claimers_never_share_a_stream(
    database: AsyncIOMotorDatabase[Any],
) -> None:
    store = MongoEventStore(database)
    for number in range(40):
        command = Say(3, again_at=ago(1))
        await handle(store, DECIDER, f"feedback-{number}", command, now=now(), meta=META)
    claimed = await asyncio.gather(
        *(store.claim("feedback", f"worker {number}", 30, 5) for number in range(16))
    )
    streams = [claim.stream for claims in claimed for claim in claims]
    assert len(streams) == len(set(streams)) == 40
