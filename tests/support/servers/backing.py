"""Fixtures: real Kafka and MongoDB, started once for a run or given by their URLs."""

import asyncio
import contextlib
import uuid
from collections.abc import Iterator

import pytest
from aiokafka.admin import AIOKafkaAdminClient
from pymongo import MongoClient
from slipway.backing import Backing, start


@pytest.fixture(scope="session")
def backing() -> Iterator[Backing]:
    with start(progress=lambda _what: contextlib.nullcontext()) as started:
        yield started


@pytest.fixture(scope="session")
def kafka_url(backing: Backing) -> str:
    return backing.kafka_url


@pytest.fixture(scope="session")
def mongodb_url(backing: Backing) -> str:
    return backing.mongodb_url


@pytest.fixture
def namespace(request: pytest.FixtureRequest, mongodb_url: str) -> Iterator[str]:
    """A prefix of this test's own for topics, groups and databases; all are dropped after it."""
    name = f"t{uuid.uuid4().hex[:12]}"
    yield name
    _drop_databases(mongodb_url, f"{name}_")
    if "kafka_url" in request.fixturenames:
        asyncio.run(_drop_topics(request.getfixturevalue("kafka_url"), f"{name}."))


def _drop_databases(mongodb_url: str, prefix: str) -> None:
    with MongoClient[dict[str, object]](mongodb_url) as client:
        for database in client.list_database_names():
            if database.startswith(prefix):
                client.drop_database(database)


async def _drop_topics(kafka_url: str, prefix: str) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=kafka_url)
    await admin.start()
    try:
        ours = [topic for topic in await admin.list_topics() if topic.startswith(prefix)]
        if ours:
            await admin.delete_topics(ours)
    finally:
        await admin.close()
