"""Claims, releases and reschedules due streams in MongoDB. `mongo` inherits these methods."""

import asyncio
from datetime import datetime
from typing import Any

from motor.motor_asyncio import AsyncIOMotorCollection

from slipway.eventstore import leases
from slipway.eventstore.documents import Document
from slipway.eventstore.durability import infrastructure
from slipway.eventstore.stream import Claim


class MongoClaims:
    """Implements those methods of `store.EventStore` that work with due streams and leases."""

    def __init__(self, streams: AsyncIOMotorCollection[Any]) -> None:
        self._streams = streams

    async def claim(
        self, category: str, owner: str, lease_seconds: float, limit: int
    ) -> list[Claim]:
        """Leases up to `limit` streams in parallel.

        Each lease is a separate durable write, so leasing them one by one would be slow.
        """
        claims: list[Claim] = []
        async with infrastructure():
            while len(claims) < limit:
                due = self._streams.find(leases.claimable(category), {"_id": 1}).sort("due_at", 1)
                found = await due.limit(limit - len(claims)).to_list(None)
                taken = await asyncio.gather(
                    *(self._take(one["_id"], category, owner, lease_seconds) for one in found)
                )
                claims += [claim for claim in taken if claim is not None]
                if None not in taken:
                    break
                # Other workers leased some of these streams, so search for more.
        return claims

    async def _take(
        self, stream: str, category: str, owner: str, lease_seconds: float
    ) -> Claim | None:
        """Leases one stream. Returns None if it is not due any longer or is leased already."""
        found = await self._streams.find_one_and_update(
            {"_id": stream, **leases.claimable(category)},
            leases.take(owner, lease_seconds),
            projection={"version": 1},
        )
        return None if found is None else Claim(stream, found["version"], owner)

    async def release(self, claim: Claim) -> None:
        async with infrastructure():
            await self._streams.update_one(
                leases.held_by(claim.stream, claim.owner), {"$set": {"lease": None}}
            )

    async def release_leases_of(self, category: str, owner: str) -> None:
        async with infrastructure():
            await self._streams.update_many(
                leases.of_earlier_life(category, owner), {"$set": {"lease": None}}
            )

    async def reschedule(self, claim: Claim, due_at: datetime | None) -> bool:
        return await self._move(claim, {"$set": {"due_at": due_at, "lease": None}})

    async def postpone(self, claim: Claim, seconds: float) -> bool:
        return await self._move(claim, leases.due_in(seconds))

    async def _move(self, claim: Claim, update: Document | list[Document]) -> bool:
        async with infrastructure():
            moved = await self._streams.update_one(
                {**leases.held_by(claim.stream, claim.owner), "version": claim.version}, update
            )
        claim.lease.ended = bool(moved.matched_count)
        return claim.lease.ended

    async def sweep(self, category: str) -> list[str]:
        stuck = {"category": category, "open": True, "due_at": None}
        async with infrastructure():
            found = await self._streams.find(stuck, {"version": 1}).to_list(None)
            for document in found:
                await self._streams.update_one(
                    {**stuck, "_id": document["_id"], "version": document["version"]},
                    {"$currentDate": {"due_at": True}},
                )
        return [document["_id"] for document in found]

    async def oldest_due(self, category: str) -> datetime | None:
        async with infrastructure():
            found = await self._streams.find_one(
                {"category": category, "due_at": {"$type": "date"}},
                {"due_at": 1},
                sort=[("due_at", 1)],
            )
        return None if found is None else found["due_at"]
