"""A MongoDB database for one test."""

import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from motor.motor_asyncio import AsyncIOMotorClient, AsyncIOMotorDatabase


@asynccontextmanager
async def fresh_database(url: str) -> AsyncIterator[AsyncIOMotorDatabase[Any]]:
    client: AsyncIOMotorClient[Any] = AsyncIOMotorClient(url, tz_aware=True)
    name = f"test_{uuid.uuid4().hex}"
    try:
        yield client[name]
    finally:
        await client.drop_database(name)
        client.close()
