"""What the API and the portal ask of the views; every query has its index."""

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from motor.motor_asyncio import AsyncIOMotorDatabase

from slipway.reporting.kpis.window import Window
from slipway.reporting.ports import Behind, View
from slipway.reporting.projections.views.safeguards import BRAKE
from slipway.reporting.read_models.drilldown import SOURCES, counted_in

_IN_DELIVERIES = ("_id", "subscription_ids", "location_id")
_IN_FLEET = ("_id", "contact_id", "name", "ipv4", "subscription_id", "ghl_id")
_NEWEST_FIRST = -1


class MongoQuestions:
    def __init__(self, database: AsyncIOMotorDatabase[Any]) -> None:
        self._database = database

    async def behind(self, kpi: str, asked: Window, limit: int = 100) -> Behind:
        source = SOURCES[kpi]
        counted = {"$and": [source.counted, {source.at: _within(counted_in(kpi, asked))}]}
        against, others = [], counted
        if source.against is not None:
            lowering = {"$and": [counted, source.against]}
            against = await self._find(source.collection, lowering, source.at, limit)
            others = {"$and": [counted, {"$nor": [source.against]}]}
        room = limit - len(against)
        rest = await self._find(source.collection, others, source.at, room) if room else []
        return Behind(source.collection, against, rest)

    async def fleet(
        self, search: str = "", status: str = "", skip: int = 0, limit: int = 50
    ) -> list[View]:
        """VPSs by id, contact, name, address or subscription (each from its beginning)."""
        filter_ = _searched(_IN_FLEET, search) | ({"status": status} if status else {})
        cursor = self._database["fleet"].find(filter_).sort("last_at", _NEWEST_FIRST)
        found: list[View] = await cursor.skip(skip).limit(limit).to_list(None)
        return found

    async def fleet_by_status(self) -> dict[str, int]:
        grouped = self._database["fleet"].aggregate(
            [{"$group": {"_id": "$status", "n": {"$sum": 1}}}]
        )
        return {found["_id"]: found["n"] async for found in grouped}

    async def one(self, collection: str, id_: str) -> View | None:
        found: View | None = await self._database[collection].find_one({"_id": id_})
        return found

    async def timeline(self, about: Sequence[str], limit: int = 200, skip: int = 0) -> list[View]:
        """Every event about any of these, newest first."""
        filter_ = {"about": {"$in": list(about)}}
        newest = [("at", _NEWEST_FIRST), ("version", _NEWEST_FIRST)]
        cursor = self._database["timeline"].find(filter_).sort(newest)
        found: list[View] = await cursor.skip(skip).limit(limit).to_list(None)
        return found

    async def tasks_of(self, vps_id: str) -> list[View]:
        return await self._find("tasks", {"vps_id": vps_id}, "opened_at", 50)

    async def needing_a_person(self, limit: int = 200) -> list[View]:
        filter_ = {"attention.why": {"$gt": ""}}
        return await self._find("fleet", filter_, "attention.since", limit)

    async def referred(self, limit: int = 100) -> list[View]:
        """Refunded or charged back, or a puzzle: a person decides."""
        filter_ = {
            "$or": [{"entitlement.verdict": "referred"}, {"entitlement.puzzle": {"$gt": ""}}]
        }
        return await self._find("lives", filter_, "entitlement.changed_at", limit)

    async def incidents(self, state: str, limit: int = 100) -> list[View]:
        return await self._find("incidents", {"state": state}, "opened_at", limit)

    async def affected(self, incident: View, limit: int = 500) -> list[View]:
        """The parked VPSs that an incident is about: the one it names, or all with its cause."""
        subject = incident.get("subject", "")
        one = await self.one("fleet", subject)
        if one is not None:
            return [one] if one.get("attention") else []
        provider, _, rest = subject.partition("/")
        account, _, region = rest.partition("/")
        filter_: dict[str, Any] = {"status": "parked", "provider": provider, "account": account}
        if region:
            filter_["region"] = {"$in": [region, None]}
        return await self._find("fleet", filter_, "last_at", limit)

    async def deliveries(
        self, search: str = "", state: str = "", skip: int = 0, limit: int = 100
    ) -> list[View]:
        """By id, subscription or location (each from its beginning)."""
        filter_ = _searched(_IN_DELIVERIES, search) | ({"state": state} if state else {})
        cursor = self._database["deliveries"].find(filter_).sort("at", _NEWEST_FIRST)
        found: list[View] = await cursor.skip(skip).limit(limit).to_list(None)
        return found

    async def dead_letters(self, *, closed: bool, limit: int = 100) -> list[View]:
        state = "closed" if closed else {"$ne": "closed"}
        return await self._find("dead_letters", {"state": state}, "opened_at", limit)

    async def locations(self) -> list[View]:
        found: list[View] = await self._database["locations"].find().sort("_id", 1).to_list(1000)
        return found

    async def would_do(self, location_id: str, limit: int = 200) -> list[View]:
        """What a location that only observes would do if it acted."""
        filter_ = {"location_id": location_id, "would": {"$gt": ""}}
        return await self._find("fleet", filter_, "last_at", limit)

    async def brake(self) -> View | None:
        return await self.one("guards", BRAKE)

    async def guards_on(self) -> list[View]:
        filter_ = {"$or": [{"on": True}, {"doubted": True}], "kind": {"$ne": BRAKE}}
        return await self._find("guards", filter_, "since", 100)

    async def decisions(self, vps_id: str | None = None, limit: int = 50) -> list[View]:
        filter_ = {"target.vps_id": vps_id} if vps_id else {}
        return await self._find("decisions", filter_, "issued_at", limit)

    async def instances(self, since: datetime) -> list[View]:
        return await self._find("instances", {"at": {"$gte": since}}, "service", 200)

    async def newest_event_at(self) -> datetime | None:
        found = await self._find("offsets", {"newest_at": {"$gt": _EPOCH}}, "newest_at", 1)
        return found[0]["newest_at"] if found else None

    async def marks(self) -> tuple[Any, ...]:
        """Changes whenever a batch was written: what live pages watch."""
        found = await self._database["offsets"].find({}, {"next": 1}).sort("_id", 1).to_list(None)
        return tuple((each["_id"], each["next"]) for each in found)

    async def _find(
        self, collection: str, filter_: Mapping[str, Any], newest_by: str, limit: int
    ) -> list[View]:
        cursor = self._database[collection].find(filter_).sort(newest_by, _NEWEST_FIRST)
        found: list[View] = await cursor.limit(limit).to_list(None)
        return found


_EPOCH = datetime.fromisoformat("1970-01-01T00:00:00+00:00")


def _searched(fields: Sequence[str], search: str) -> dict[str, Any]:
    begins = {"$regex": f"^{re.escape(search)}"}
    return {"$or": [{name: begins} for name in fields]} if search else {}


def _within(asked: Window) -> dict[str, datetime]:
    return {"$gte": asked.begin, "$lt": asked.end}
