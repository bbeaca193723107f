"""Fixtures: real Kafka and MongoDB, started once for a run or given by their URLs."""

import contextlib
import uuid
from collections.abc import Iterator

import pytest
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
def namespace(mongodb_url: str) -> Iterator[str]:
    """A prefix of this test's own for topics, groups and databases; its databases are dropped."""
    name = f"t{uuid.uuid4().hex[:12]}"
    yield name
    client: MongoClient[dict[str, object]] = MongoClient(mongodb_url)
    for database in client.list_database_names():
        if database.startswith(f"{name}_"):
            client.drop_database(database)
    client.close()
