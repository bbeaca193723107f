"""The portal over real read models, for tests: a request context and a served application."""

import uuid
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
from argon2 import PasswordHasher
from motor.motor_asyncio import AsyncIOMotorClient, AsyncIOMotorDatabase
from slipway.contracts.commands import Command
from slipway.contracts.envelope import Recorded
from slipway.reporting.access import ChangedBy, Role
from slipway.reporting.commands.catalog import recorded
from slipway.reporting.context import RequestContext
from slipway.reporting.okrs import parse
from slipway.reporting.projections.registry import Projections
from slipway.reporting.read_models.accounts import MongoAccounts
from slipway.reporting.read_models.api_keys import MongoApiKeys
from slipway.reporting.read_models.indexes import prepare
from slipway.reporting.read_models.metrics import MongoMetrics
from slipway.reporting.read_models.projector import Projector
from slipway.reporting.read_models.queries import MongoQueries
from slipway.reporting.read_models.scheduled_work import MongoScheduledWork
from slipway.reporting.read_models.vote_prompts import MongoVotePrompts
from slipway.reporting.web import application

from tests.support.servers.asgi import served_app

OKRS = parse((Path(__file__).parents[3] / "okrs.yaml").read_text())
SECRET = "a secret for tests only"


class FakeCommandPublisher:
    """Accepts commands as Kafka would, and projects them into the read models."""

    def __init__(self, read_models: "ReadModels") -> None:
        self.sent: list[Command] = []
        self.votes: list[tuple[str, int, str]] = []
        self._read_models = read_models

    async def send(self, commands: Sequence[Command]) -> None:
        for command in commands:
            self.sent.append(command)
            await self._read_models.project([recorded(command, None)], topic="commands")

    async def vote(self, admin: str, score: int, comment: str) -> None:
        self.votes.append((admin, score, comment))


class ReadModels:
    """A reporting database for one test. It projects records in order."""

    def __init__(
        self, database: AsyncIOMotorDatabase[Any], task_deadline_seconds: float = 3600
    ) -> None:
        self.database = database
        projections = Projections(task_deadline_seconds)
        self.projector = Projector(database, projections)
        self.scheduled_work = MongoScheduledWork(database, projections, task_deadline_seconds)
        self.queries = MongoQueries(database)
        self._next: dict[str, int] = {}

    async def project(self, records: Sequence[Recorded], topic: str = "all") -> None:
        offset = self._next.get(topic, 0)
        self._next[topic] = offset + len(records)
        await self.projector.apply(
            topic, 0, offset=offset, next_offset=offset + len(records), records=records
        )


def utcnow() -> datetime:
    return datetime.now(UTC)


def new_token() -> str:
    return uuid.uuid4().hex + uuid.uuid4().hex


@asynccontextmanager
async def read_models(mongodb_url: str, namespace: str) -> AsyncIterator[ReadModels]:
    client: AsyncIOMotorClient[Any] = AsyncIOMotorClient(mongodb_url, tz_aware=True)
    database = client[f"{namespace}_reporting"]
    await prepare(database)
    try:
        yield ReadModels(database)
    finally:
        await client.drop_database(database.name)
        client.close()


def context_over(models: ReadModels, public_url: str = "http://127.0.0.1") -> RequestContext:
    hasher = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    return RequestContext(
        queries=models.queries,
        metrics=MongoMetrics(models.database, None),
        accounts=MongoAccounts(models.database, SECRET, utcnow, new_token, hasher),
        api_keys=MongoApiKeys(models.database, SECRET, utcnow, new_token),
        vote_prompts=MongoVotePrompts(models.database, utcnow),
        publisher=FakeCommandPublisher(models),
        okrs=OKRS,
        clock=utcnow,
        new_id=lambda: uuid.uuid4().hex,
        public_url=public_url,
    )


@asynccontextmanager
async def served(
    context: RequestContext, unavailable: Sequence[type[Exception]] = ()
) -> AsyncIterator[str]:
    """Yields the portal's URL. `unavailable` are errors that `application` treats as an outage."""
    async with served_app(application(context, unavailable=unavailable)) as url:
        yield url


async def signed_up(
    context: RequestContext, mail: str = "ada@example.com", role: Role = Role.ADMIN
) -> str:
    """Creates a user with the password `correct horse`. Returns a session token."""
    token = await context.accounts.invite(mail, role, ChangedBy("a test"))
    await context.accounts.accept(token, "correct horse")
    session = await context.accounts.sign_in(mail, "correct horse")
    assert session is not None
    return session


@asynccontextmanager
async def asking(context: RequestContext) -> AsyncIterator[httpx.AsyncClient]:
    """Yields a client of the application, without a socket."""
    transport = httpx.ASGITransport(application(context))
    async with httpx.AsyncClient(transport=transport, base_url="http://slipway") as client:
        yield client
