"""Opens MongoDB with one set of time-outs for all services, and reads its clock."""

from datetime import datetime
from typing import Any

from motor.motor_asyncio import AsyncIOMotorClient, AsyncIOMotorDatabase

from slipway.eventstore.durability import infrastructure

Database = AsyncIOMotorDatabase[Any]

_SELECTION_MS = 5_000
_SOCKET_MS = 20_000
"""Without this limit, a call to a server that hangs with open connections would wait forever."""


def open_database(
    url: str, namespace: str, service: str, *, answer_within_ms: int | None = None
) -> Database:
    """Returns the service's own database. The client connects at the first call.

    `answer_within_ms` sets shorter time-outs. Use it for calls that a user waits for.
    """
    client: AsyncIOMotorClient[Any] = AsyncIOMotorClient(
        url,
        tz_aware=True,
        serverSelectionTimeoutMS=answer_within_ms or _SELECTION_MS,
        socketTimeoutMS=answer_within_ms or _SOCKET_MS,
    )
    return client[f"{namespace}_{service}"]


async def database_time(database: Database) -> datetime:
    """Returns the time of the database's clock. Raises StoreUnavailable."""
    async with infrastructure():
        hello = await database.command("hello", codec_options=database.codec_options)
    now: datetime = hello["localTime"]
    return now
