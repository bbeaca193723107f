"""Counts of a window out of the buckets, and what else a formula wants to see."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from motor.motor_asyncio import AsyncIOMotorDatabase

from slipway.contracts.deliveries import Channel
from slipway.reporting.kpis.counts import Counts
from slipway.reporting.kpis.evidence import Evidence, Vote
from slipway.reporting.kpis.window import Window, parts, trend_span, window
from slipway.reporting.projections.batch import BUCKETS
from slipway.reporting.projections.deliveries import UNDECIDED_AFTER
from slipway.reporting.projections.incidents import TOLD_WITHIN

_VOTES_READ = 5000


class MongoFigures:
    """The cost doesn't grow with the number of events: at most 48 hours and the days between."""

    def __init__(self, database: AsyncIOMotorDatabase[Any], launched_at: datetime | None) -> None:
        self._database = database
        self._launched_at = launched_at

    async def evidence(self, asked: Window) -> Evidence:
        first = await self._database["probes"].find_one({}, sort=[("at", 1)])
        month = window("month", asked.now)
        return Evidence(
            window=asked,
            counts=await self._counts(asked),
            this_month=await self._counts(month),
            fresh_deliveries=await self._fresh_deliveries(asked),
            fresh_incidents=await self._fresh_incidents(asked),
            votes=tuple(await self._votes(asked)),
            asked=await self._asked(asked),
            launched_at=self._launched_at or (first["at"] if first else None),
            slot_seconds=first["slot_seconds"] if first else None,
        )

    async def trend(self, asked: Window) -> list[Evidence]:
        """One piece of evidence per hour or day, from the first that holds anything."""
        asked = await self._from_the_first(asked)
        span = trend_span(asked)
        step = timedelta(hours=1) if span == "hour" else timedelta(days=1)
        begin = asked.begin if span == "hour" else asked.begin.replace(hour=0)
        found = {at: counts async for at, counts in self._buckets(span, begin, asked.end)}
        first = await self._database["probes"].find_one({}, sort=[("at", 1)])
        votes = await self._votes(asked)
        pieces, at = [], begin
        while at < asked.end:
            piece = Window("piece", at, at + step, asked.now)
            pieces.append(
                Evidence(
                    window=piece,
                    counts=Counts([found[at]] if at in found else []),
                    votes=tuple(vote for vote in votes if piece.holds(vote.at)),
                    launched_at=self._launched_at or (first["at"] if first else None),
                    slot_seconds=first["slot_seconds"] if first else None,
                )
            )
            at += step
        return pieces

    async def _from_the_first(self, asked: Window) -> Window:
        filter_ = {"span": "hour", "at": {"$gte": asked.begin, "$lt": asked.end}}
        first = await self._database[BUCKETS].find_one(filter_, sort=[("at", 1)])
        return replace(asked, begin=first["at"]) if first else asked

    async def _counts(self, asked: Window) -> Counts:
        found = []
        for span, begin, end in parts(asked):
            found += [counts async for _, counts in self._buckets(span, begin, end)]
        return Counts(found)

    async def _buckets(
        self, span: str, begin: datetime, end: datetime
    ) -> AsyncIterator[tuple[datetime, dict[str, Any]]]:
        filter_ = {"span": span, "at": {"$gte": begin, "$lt": end}}
        async for bucket in self._database[BUCKETS].find(filter_):
            yield bucket["at"], bucket.get("counts", {})

    async def _fresh_deliveries(self, asked: Window) -> int:
        young = max(asked.now - UNDECIDED_AFTER, asked.begin)
        return await self._database["deliveries"].count_documents(
            {
                "state": "received",
                "at": {"$gt": young, "$lt": asked.end},
                "channel": {"$ne": Channel.POLL.value},
            }
        )

    async def _fresh_incidents(self, asked: Window) -> int:
        young = max(asked.now - TOLD_WITHIN, asked.begin)
        filter_ = {"told_at": None, "since": {"$gt": young, "$lt": asked.end}}
        return await self._database["incidents"].count_documents(filter_)

    async def _votes(self, asked: Window) -> list[Vote]:
        filter_ = {"at": {"$gte": asked.begin, "$lt": asked.end}}
        cursor = self._database["votes"].find(filter_).sort("at", -1).limit(_VOTES_READ)
        return [Vote(found["admin"], found["score"], found["at"]) async for found in cursor]

    async def _asked(self, asked: Window) -> int:
        filter_ = {"asked_at": {"$gte": asked.begin, "$lt": asked.end}}
        return await self._database["users"].count_documents(filter_)
