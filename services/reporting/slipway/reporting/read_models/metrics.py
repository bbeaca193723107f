"""Counts of a window out of the buckets, and what else a formula wants to see."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from motor.motor_asyncio import AsyncIOMotorDatabase

from slipway.contracts.deliveries import DeliveryChannel
from slipway.reporting.kpis.counts import Counts
from slipway.reporting.kpis.evidence import Evidence, Vote
from slipway.reporting.kpis.window import Window, parts, trend_span, window
from slipway.reporting.projections.batch import BUCKETS
from slipway.reporting.projections.views.deliveries import UNDECIDED_AFTER
from slipway.reporting.projections.views.incidents import TOLD_WITHIN

_VOTES_READ = 5000
_STEPS = {
    "minute": timedelta(minutes=1),
    "hour": timedelta(hours=1),
    "day": timedelta(days=1),
}


_JUDGED_AFTER = max(UNDECIDED_AFTER, TOLD_WITHIN)


class MongoFigures:
    """The cost doesn't grow with the number of events: at most 48 hours and the days between."""

    def __init__(self, database: AsyncIOMotorDatabase[Any], launched_at: datetime | None) -> None:
        self._database = database
        self._launched_at = launched_at

    async def evidence(self, asked: Window) -> Evidence:
        first = await self._database["probes"].find_one({}, sort=[("at", 1)])
        month = None if asked.name == "custom" else window("month", asked.now)
        return Evidence(
            window=asked,
            counts=await self._counts(asked),
            this_month=await self._counts(month) if month else None,
            fresh_deliveries=await self._fresh_deliveries(asked),
            fresh_incidents=await self._fresh_incidents(asked),
            votes=tuple(await self._votes(asked)),
            asked=await self._asked(asked),
            launched_at=self._launched_at or (first["at"] if first else None),
            slot_seconds=first["slot_seconds"] if first else None,
        )

    async def trend(self, asked: Window) -> list[Evidence]:
        """Piece by piece, from the first that holds anything until now: minutes, hours or days."""
        asked, span, begin = await self._drawn(asked)
        if begin is None:
            return []
        found = {at: counts async for at, counts in self._buckets(span, begin, asked.end)}
        first = await self._database["probes"].find_one({}, sort=[("at", 1)])
        votes = await self._votes(asked)
        pieces, at = [], begin
        while at < asked.end:
            piece = Window("piece", at, at + _STEPS[span], asked.now)
            # What can't be judged yet would draw a fall at the end of each line.
            young = piece.end > asked.now - _JUDGED_AFTER
            pieces.append(
                Evidence(
                    window=piece,
                    counts=Counts([found[at]] if at in found else []),
                    fresh_deliveries=await self._fresh_deliveries(piece) if young else 0,
                    fresh_incidents=await self._fresh_incidents(piece) if young else 0,
                    votes=tuple(vote for vote in votes if piece.holds(vote.at)),
                    launched_at=self._launched_at or (first["at"] if first else None),
                    slot_seconds=first["slot_seconds"] if first else None,
                )
            )
            at += _STEPS[span]
        return pieces

    async def _drawn(self, asked: Window) -> tuple[Window, str, datetime | None]:
        """What of the window is drawn, in which steps, from where (None: nothing is there)."""
        first_at = await self._first_counted("hour", asked)
        if first_at is None:
            return asked, "hour", None
        drawn = replace(asked, begin=first_at, end=min(asked.end, asked.now))
        span = trend_span(drawn)
        if span == "minute":
            begin = await self._first_counted("minute", drawn)
            # Minutes are forgotten after a while; their hours are not.
            return (drawn, span, begin) if begin else (drawn, "hour", first_at)
        return drawn, span, first_at if span == "hour" else first_at.replace(hour=0)

    async def _first_counted(self, span: str, asked: Window) -> datetime | None:
        filter_ = {"span": span, "at": {"$gte": asked.begin, "$lt": asked.end}}
        first = await self._database[BUCKETS].find_one(filter_, sort=[("at", 1)])
        return first["at"] if first else None

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
        young = asked.now - UNDECIDED_AFTER
        return await self._database["deliveries"].count_documents(
            {
                "state": "received",
                "at": {"$gt": young, **_within(asked)},
                "channel": {"$ne": DeliveryChannel.POLL.value},
            }
        )

    async def _fresh_incidents(self, asked: Window) -> int:
        young = asked.now - TOLD_WITHIN
        filter_ = {"told_at": None, "since": {"$gt": young, **_within(asked)}}
        return await self._database["incidents"].count_documents(filter_)

    async def _votes(self, asked: Window) -> list[Vote]:
        filter_ = {"at": _within(asked)}
        cursor = self._database["votes"].find(filter_).sort("at", -1).limit(_VOTES_READ)
        return [Vote(found["admin"], found["score"], found["at"]) async for found in cursor]

    async def _asked(self, asked: Window) -> int:
        return await self._database["users"].count_documents({"asked_at": _within(asked)})


def _within(asked: Window) -> dict[str, datetime]:
    return {"$gte": asked.begin, "$lt": asked.end}
