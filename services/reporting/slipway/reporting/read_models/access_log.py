"""The log of all changes of access to the portal and the API."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from motor.motor_asyncio import AsyncIOMotorDatabase

from slipway.reporting.access import ChangedBy, View


class AccessLog:
    def __init__(self, database: AsyncIOMotorDatabase[Any], clock: Callable[[], datetime]) -> None:
        self._entries = database["access_log"]
        self._clock = clock

    async def add(self, action: str, subject: str, by: ChangedBy) -> None:
        entry = {"action": action, "subject": subject, "actor": by.actor, "reason": by.reason}
        await self._entries.insert_one({**entry, "at": self._clock()})

    async def newest(self, limit: int) -> list[View]:
        found = self._entries.find({}, {"_id": 0}).sort("at", -1).limit(limit)
        return [dict(entry) async for entry in found]
