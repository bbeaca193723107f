"""The portal over real read models and a fake command publisher, in memory or on a port."""

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
from slipway.reporting.commands.catalog import recorded
from slipway.reporting.context import Desk
from slipway.reporting.okrs import parse
from slipway.reporting.ports import By, Role
from slipway.reporting.projections.registry import Projections
from slipway.reporting.read_models.accounts import MongoAccounts
from slipway.reporting.read_models.indexes import prepare
from slipway.reporting.read_models.metrics import MongoFigures
from slipway.reporting.read_models.projector import Projector
from slipway.reporting.read_models.queries import MongoQuestions
from slipway.reporting.web import application

from tests.support.servers.asgi import served_app

OKRS = parse((Path(__file__).parents[3] / "okrs.yaml").read_text())
SECRET = "a secret for tests only"


class FakeOutbox:
    """Records the commands, and passes them to the projections as Kafka would."""

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
    """A reporting database for one test, filled by projecting records in order."""

    def __init__(self, database: AsyncIOMotorDatabase[Any], decided_seconds: float = 3600) -> None:
        self.database = database
        self.projector = Projector(database, Projections(decided_seconds), decided_seconds)
        self.questions = MongoQuestions(database)
        self._next: dict[str, int] = {}

    async def project(self, records: Sequence[Recorded], topic: str = "all") -> None:
        offset = self._next.get(topic, 0)
        self._next[topic] = offset + len(records)
        await self.projector.apply(
            topic, 0, offset=offset, next_offset=offset + len(records), records=records
        )


def utcnow() -> datetime:
    return datetime.now(UTC)


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


def desk_over(models: ReadModels, public_url: str = "http://127.0.0.1") -> Desk:
    quick = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    return Desk(
        questions=models.questions,
        figures=MongoFigures(models.database, None),
        accounts=MongoAccounts(
            models.database, SECRET, utcnow, lambda: uuid.uuid4().hex + uuid.uuid4().hex, quick
        ),
        outbox=FakeOutbox(models),
        okrs=OKRS,
        clock=utcnow,
        new_id=lambda: uuid.uuid4().hex,
        public_url=public_url,
    )


@asynccontextmanager
async def served(desk: Desk, away: Sequence[type[Exception]] = ()) -> AsyncIterator[str]:
    """Yields the portal's URL. `away`: as the application takes it."""
    async with served_app(application(desk, away=away)) as url:
        yield url


async def signed_up(desk: Desk, mail: str = "ada@example.com", role: Role = Role.ADMIN) -> str:
    """Creates a user with the password `correct horse`. Returns a session token."""
    token = await desk.accounts.invite(mail, role, By("a test"))
    await desk.accounts.accept(token, "correct horse")
    session = await desk.accounts.sign_in(mail, "correct horse")
    assert session is not None
    return session


@asynccontextmanager
async def asking(desk: Desk) -> AsyncIterator[httpx.AsyncClient]:
    """A client of the application over this desk, without a socket."""
    transport = httpx.ASGITransport(application(desk))
    async with httpx.AsyncClient(transport=transport, base_url="http://slipway") as client:
        yield client
