"""Reads the inputs of the KPI formulas: time buckets, votes, probes, and cases without a result."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from motor.motor_asyncio import AsyncIOMotorDatabase

from slipway.contracts.deliveries import DeliveryChannel
from slipway.reporting.kpis.counts import Counts
from slipway.reporting.kpis.inputs import KpiInputs, Vote
from slipway.reporting.kpis.window import Window, named_window, parts, trend_span
from slipway.reporting.projections.batch import BUCKETS
from slipway.reporting.projections.views.deliveries import UNDECIDED_AFTER
from slipway.reporting.projections.views.incidents import NOTIFIED_WITHIN

_VOTES_READ = 5000
_STEPS = {
    "minute": timedelta(minutes=1),
    "hour": timedelta(hours=1),
    "day": timedelta(days=1),
}


_JUDGED_AFTER = max(UNDECIDED_AFTER, NOTIFIED_WITHIN)


class MongoMetrics:
    """Reads the counts of a window from day buckets and hour buckets (at most 48).

    So the cost does not depend on the number of events.
    """

    def __init__(self, database: AsyncIOMotorDatabase[Any], launched_at: datetime | None) -> None:
        self._database = database
        self._launched_at = launched_at

    async def inputs(self, window: Window) -> KpiInputs:
        first = await self._database["probes"].find_one({}, sort=[("at", 1)])
        month = None if window.name == "custom" else named_window("month", window.now)
        return KpiInputs(
            window=window,
            counts=await self._counts(window),
            this_month=await self._counts(month) if month else None,
            fresh_deliveries=await self._fresh_deliveries(window),
            fresh_incidents=await self._fresh_incidents(window),
            votes=tuple(await self._votes(window)),
            admins_asked=await self._admins_asked(window),
            launched_at=self._launched_at or (first["at"] if first else None),
            slot_seconds=first["slot_seconds"] if first else None,
        )

    async def trend(self, window: Window) -> list[KpiInputs]:
        """Returns the inputs of each minute, hour or day, from the first data until now."""
        window, span, begin = await self._drawn(window)
        if begin is None:
            return []
        found = {at: counts async for at, counts in self._buckets(span, begin, window.end)}
        first = await self._database["probes"].find_one({}, sort=[("at", 1)])
        votes = await self._votes(window)
        pieces, at = [], begin
        while at < window.end:
            piece = Window("piece", at, at + _STEPS[span], window.now)
            # Young cases have no result yet. If they counted, every trend would fall at its end.
            young = piece.end > window.now - _JUDGED_AFTER
            pieces.append(
                KpiInputs(
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

    async def _drawn(self, window: Window) -> tuple[Window, str, datetime | None]:
        """Returns the part of the window to draw, the step, and the time of the first data.

        The time is None if the window has no data.
        """
        first_at = await self._first_counted("hour", window)
        if first_at is None:
            return window, "hour", None
        drawn = replace(window, begin=first_at, end=min(window.end, window.now))
        span = trend_span(drawn)
        if span == "minute":
            begin = await self._first_counted("minute", drawn)
            # Minute buckets are deleted after a day, hour buckets are kept.
            return (drawn, span, begin) if begin else (drawn, "hour", first_at)
        return drawn, span, first_at if span == "hour" else first_at.replace(hour=0)

    async def _first_counted(self, span: str, window: Window) -> datetime | None:
        filter_ = {"span": span, "at": {"$gte": window.begin, "$lt": window.end}}
        first = await self._database[BUCKETS].find_one(filter_, sort=[("at", 1)])
        return first["at"] if first else None

    async def _counts(self, window: Window) -> Counts:
        found = []
        for span, begin, end in parts(window):
            found += [counts async for _, counts in self._buckets(span, begin, end)]
        return Counts(found)

    async def _buckets(
        self, span: str, begin: datetime, end: datetime
    ) -> AsyncIterator[tuple[datetime, dict[str, Any]]]:
        filter_ = {"span": span, "at": {"$gte": begin, "$lt": end}}
        async for bucket in self._database[BUCKETS].find(filter_):
            yield bucket["at"], bucket.get("counts", {})

    async def _fresh_deliveries(self, window: Window) -> int:
        young = window.now - UNDECIDED_AFTER
        return await self._database["deliveries"].count_documents(
            {
                "state": "received",
                "at": {"$gt": young, **_within(window)},
                "channel": {"$ne": DeliveryChannel.POLL.value},
            }
        )

    async def _fresh_incidents(self, window: Window) -> int:
        young = window.now - NOTIFIED_WITHIN
        filter_ = {"notified_at": None, "since": {"$gt": young, **_within(window)}}
        return await self._database["incidents"].count_documents(filter_)

    async def _votes(self, window: Window) -> list[Vote]:
        filter_ = {"at": _within(window)}
        cursor = self._database["votes"].find(filter_).sort("at", -1).limit(_VOTES_READ)
        return [Vote(found["admin"], found["score"], found["at"]) async for found in cursor]

    async def _admins_asked(self, window: Window) -> int:
        return await self._database["users"].count_documents({"asked_at": _within(window)})


def _within(window: Window) -> dict[str, datetime]:
    return {"$gte": window.begin, "$lt": window.end}
