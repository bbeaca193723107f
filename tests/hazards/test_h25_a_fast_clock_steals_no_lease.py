"""H25: leases are set and compared by the server's clock; nobody's own clock takes part."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from motor.motor_asyncio import AsyncIOMotorClient, AsyncIOMotorDatabase
from pymongo.monitoring import (
    CommandFailedEvent,
    CommandListener,
    CommandStartedEvent,
    CommandSucceededEvent,
)
from slipway.eventstore.command_handling import handle
from slipway.eventstore.mongo import MongoEventStore

from tests.support.builders.sample_decider import DECIDER, META, Say, ago, now
from tests.support.servers.databases import fresh_database

pytestmark = pytest.mark.backing


@pytest.fixture
async def database(mongodb_url: str) -> AsyncIterator[AsyncIOMotorDatabase[Any]]:
    async with fresh_database(mongodb_url) as found:
        yield found


class _Said(CommandListener):
    """Every command as the driver sends it."""

    def __init__(self) -> None:
        self.commands: list[dict[str, Any]] = []

    def started(self, event: CommandStartedEvent) -> None:
        self.commands.append(dict(event.command))

    def succeeded(self, event: CommandSucceededEvent) -> None:
        pass

    def failed(self, event: CommandFailedEvent) -> None:
        pass


def _times(value: object) -> Iterator[datetime]:
    match value:
        case datetime():
            yield value
        case dict():
            for inner in value.values():
                yield from _times(inner)
        case list():
            for inner in value:
                yield from _times(inner)
        case _:
            return


async def test_h25_a_claim_sends_no_time_of_the_client(mongodb_url: str) -> None:
    """Whatever a worker's clock says, it can't reach the server: the command holds no time."""
    said = _Said()
    client: AsyncIOMotorClient[Any] = AsyncIOMotorClient(
        mongodb_url, tz_aware=True, event_listeners=[said]
    )
    async with fresh_database(mongodb_url) as database:
        store = MongoEventStore(client[database.name])
        command = Say(3, again_at=ago(1))
        await handle(store, DECIDER, "feedback-ada", command, now=now(), meta=META)
        said.commands.clear()
        [claim] = await store.claim("feedback", "one", 30, 1)
        await store.release(claim)
        [claim] = await store.claim("feedback", "two", 30, 1)
        await store.postpone(claim, 30)
    client.close()
    sent = [command for command in said.commands if "update" in command]
    assert len(sent) == 4
    recent = now() - timedelta(days=1)
    assert [time for time in _times(sent) if time.replace(tzinfo=UTC) > recent] == []


async def test_h25_a_stream_without_a_due_time_is_never_claimed(
    database: AsyncIOMotorDatabase[Any],
) -> None:
    """Compared as it is, a missing due time would be earlier than every other."""
    store = MongoEventStore(database)
    await handle(store, DECIDER, "feedback-ada", Say(3), now=now(), meta=META)
    assert await store.claim("feedback", "one", 30, 1) == []


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
