"""How far each stream was handled, so that a record that comes again changes nothing.

Without it a redelivered recovery would end a symptom that came after it. `inbox` asks and notes.
"""

from datetime import datetime, timedelta
from typing import Any

from motor.motor_asyncio import AsyncIOMotorDatabase

from slipway.contracts.envelope import Recorded
from slipway.eventstore.durability import infrastructure

_KEPT = timedelta(days=7)
"""Redeliveries come within minutes; a week is as good as for ever, and the view stays small."""


class Seen:
    def __init__(self, database: AsyncIOMotorDatabase[Any]) -> None:
        self._streams = database["seen"]

    async def prepare(self) -> None:
        async with infrastructure():
            await self._streams.create_index("at", expireAfterSeconds=int(_KEPT.total_seconds()))

    async def already(self, recorded: Recorded) -> bool:
        """Whether this event or a later one of its stream was handled to the end."""
        async with infrastructure():
            found = await self._streams.find_one({"_id": recorded.stream})
        place = [recorded.epoch, recorded.version]
        return found is not None and bool(found["place"] >= place)

    async def note(self, recorded: Recorded, now: datetime) -> None:
        place = [recorded.epoch, recorded.version]
        async with infrastructure():
            await self._streams.update_one(
                {"_id": recorded.stream}, {"$set": {"place": place, "at": now}}, upsert=True
            )
