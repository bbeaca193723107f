"""How far the relay has published, and which process is the relay: one document per service."""

from typing import Any

from motor.motor_asyncio import AsyncIOMotorDatabase

from slipway.eventstore import leases
from slipway.eventstore.documents import Document

_LEASE_SECONDS = 10.0


class RelayPosition:
    """`owner` is the process's name. Only the owner of the lease moves the position."""

    def __init__(self, database: AsyncIOMotorDatabase[Any], owner: str) -> None:
        self._positions = database["relay"]
        self._owner = owner

    async def load(self) -> Document:
        """Returns `token` (of the change stream) and `appended_at`, as far as they are known."""
        return await self._positions.find_one({"_id": "position"}) or {}

    async def take_lease(self) -> bool:
        """Takes or renews it, by the server's clock; False while another process holds it."""
        await self._positions.update_one(
            {"_id": "position"}, {"$setOnInsert": {"lease": None}}, upsert=True
        )
        taken = await self._positions.update_one(
            {
                "_id": "position",
                "$or": [
                    {"lease.owner": self._owner},
                    {"$expr": {"$lt": [leases.lease_end(), "$$NOW"]}},
                ],
            },
            leases.take(self._owner, _LEASE_SECONDS),
        )
        return bool(taken.matched_count)

    async def move(self, token: Document, appended_at: Any) -> None:
        """Everything up to this token is published. `appended_at` is None if nothing was."""
        known = {} if appended_at is None else {"appended_at": appended_at}
        await self._update({"$set": {"token": token, **known}, "$unset": {"invalidated": ""}})

    async def move_past_invalidate(self, token: Document) -> None:
        """MongoDB continues after an invalidate only by `startAfter`."""
        await self._update({"$set": {"token": token, "invalidated": True}})

    async def forget_token(self) -> None:
        """The next start scans the streams instead."""
        await self._positions.update_one({"_id": "position"}, {"$unset": {"token": ""}})

    async def _update(self, update: Document) -> None:
        await self._positions.update_one({"_id": "position", "lease.owner": self._owner}, update)
