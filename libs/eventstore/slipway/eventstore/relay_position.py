"""Stores how far the relay has published and which process is the relay.

There is one document per service.
"""

from typing import Any

from motor.motor_asyncio import AsyncIOMotorDatabase

from slipway.eventstore import leases
from slipway.eventstore.documents import Document

_LEASE_SECONDS = 10.0


class RelayPosition:
    """The stored position of the relay.

    `owner` is the name of this process. Only the process that has the lease can move the position.
    """

    def __init__(self, database: AsyncIOMotorDatabase[Any], owner: str) -> None:
        self._positions = database["relay"]
        self._owner = owner

    async def load(self) -> Document:
        """Returns a document with `token` (of the change stream) and `appended_at`.

        A field is missing if its value is not known yet.
        """
        return await self._positions.find_one({"_id": "position"}) or {}

    async def take_lease(self) -> bool:
        """Takes or renews the lease, by the server's clock.

        Returns False while another process has it.
        """
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
        """Stores that all changes up to this token are published.

        `appended_at` is the time of the last published append, or None if there is none.
        """
        known = {} if appended_at is None else {"appended_at": appended_at}
        await self._update({"$set": {"token": token, **known}, "$unset": {"invalidated": ""}})

    async def move_past_invalidate(self, token: Document) -> None:
        """Stores the token of an invalidate event, which has ended the change stream.

        MongoDB continues after such an event only with `startAfter`.
        """
        await self._update({"$set": {"token": token, "invalidated": True}})

    async def forget_token(self) -> None:
        """Deletes the change stream's resume token, so that the next start scans the streams."""
        await self._positions.update_one({"_id": "position"}, {"$unset": {"token": ""}})

    async def _update(self, update: Document) -> None:
        await self._positions.update_one({"_id": "position", "lease.owner": self._owner}, update)
