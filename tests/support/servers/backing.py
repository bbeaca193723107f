"""Fixtures: real Kafka and MongoDB, one pair for the whole run, or those at the URLs that are set.

The workers of pytest-xdist share the pair. The first worker that needs it starts it, and ends last.
"""

import asyncio
import fcntl
import os
import uuid
from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack, nullcontext
from pathlib import Path

import pytest
from aiokafka.admin import AIOKafkaAdminClient
from pymongo import MongoClient
from slipway.backing import Backing, start


@pytest.fixture(scope="session")
def backing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Backing]:
    if "PYTEST_XDIST_WORKER" not in os.environ:
        with _started() as started:
            yield started
        return
    folder = tmp_path_factory.getbasetemp().parent / "backing"
    folder.mkdir(exist_ok=True)
    with ExitStack() as stack:
        # Each worker holds a shared lock on `users` while it may use the pair.
        users = stack.enter_context((folder / "users").open("a"))
        fcntl.flock(users, fcntl.LOCK_SH)
        with (folder / "first").open("a") as first:
            fcntl.flock(first, fcntl.LOCK_EX)
            shared = _urls(folder / "urls")
            if shared is None:
                own = stack.enter_context(_started())
                shared = (own.kafka_url, own.mongodb_url)
                (folder / "urls").write_text("\n".join(shared))
                # Runs before the servers stop, and waits until no other worker uses them.
                stack.callback(fcntl.flock, users, fcntl.LOCK_EX)
        yield stack.enter_context(start(kafka_url=shared[0], mongodb_url=shared[1]))


def _started() -> AbstractContextManager[Backing]:
    return start(progress=lambda _what: nullcontext())


def _urls(file: Path) -> tuple[str, str] | None:
    if not file.exists():
        return None
    kafka, mongodb = file.read_text().split("\n")
    return kafka, mongodb


@pytest.fixture(scope="session")
def kafka_url(backing: Backing) -> str:
    return backing.kafka_url


@pytest.fixture(scope="session")
def mongodb_url(backing: Backing) -> str:
    return backing.mongodb_url


@pytest.fixture
def namespace(request: pytest.FixtureRequest, mongodb_url: str) -> Iterator[str]:
    """Yields a unique prefix for topics, groups and databases, and deletes them afterwards."""
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
