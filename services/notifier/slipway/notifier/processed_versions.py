"""Stores the last processed version of each stream, so that a redelivery changes nothing.

Without it, a redelivered recovery would end a symptom that appeared after the recovery. `inbox`
uses it.
"""

from datetime import datetime, timedelta
from typing import Any

from motor.motor_asyncio import AsyncIOMotorDatabase

from slipway.contracts.envelope import Recorded
from slipway.eventstore.durability import infrastructure

_KEPT_FOR = timedelta(days=7)
"""Redeliveries come within minutes, so a week is enough and keeps the collection small."""


class ProcessedVersions:
    def __init__(self, database: AsyncIOMotorDatabase[Any]) -> None:
        self._streams = database["processed_versions"]

    async def prepare(self) -> None:
        seconds = int(_KEPT_FOR.total_seconds())
        async with infrastructure():
            await self._streams.create_index("at", expireAfterSeconds=seconds)

    async def includes(self, recorded: Recorded) -> bool:
        """Returns whether this event, or a later one of its stream, was processed completely."""
        async with infrastructure():
            found = await self._streams.find_one({"_id": recorded.stream})
        return found is not None and bool(found["version"] >= _version(recorded))

    async def record(self, recorded: Recorded, now: datetime) -> None:
        processed = {"version": _version(recorded), "at": now}
        async with infrastructure():
            await self._streams.update_one(
                {"_id": recorded.stream}, {"$set": processed}, upsert=True
            )


def _version(recorded: Recorded) -> list[int]:
    return [recorded.epoch, recorded.version]
