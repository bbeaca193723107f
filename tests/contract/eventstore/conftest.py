"""Each test here runs on MongoDB and on its twin in memory."""

import uuid
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest
from motor.motor_asyncio import AsyncIOMotorClient
from slipway.eventstore.command_handling import handle
from slipway.eventstore.memory import MemoryEventStore
from slipway.eventstore.mongo import MongoEventStore
from slipway.eventstore.store import EventStore

from tests.support.builders.sample_decider import DECIDER, META, Say, now


@pytest.fixture(params=["memory", pytest.param("mongo", marks=pytest.mark.backing)])
async def store(request: pytest.FixtureRequest) -> AsyncIterator[EventStore]:
    if request.param == "memory":
        yield MemoryEventStore(now)
        return
    client: AsyncIOMotorClient[Any] = AsyncIOMotorClient(
        request.getfixturevalue("mongodb_url"), tz_aware=True
    )
    name = f"test_{uuid.uuid4().hex}"
    mongo = MongoEventStore(client[name])
    await mongo.prepare()
    yield mongo
    await client.drop_database(name)
    client.close()


@pytest.fixture
def say(store: EventStore) -> Callable[..., Awaitable[int]]:
    async def _say(stream: str, command: Say) -> int:
        handled = await handle(store, DECIDER, stream, command, now=now(), meta=META)
        return handled.stream.version

    return _say
