"""The queries of the API and the portal. `indexes` creates an index for each query."""

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from motor.motor_asyncio import AsyncIOMotorDatabase

from slipway.contracts.incidents import IncidentCause
from slipway.contracts.subscriptions import Verdict
from slipway.reporting.kpis.window import Window
from slipway.reporting.ports import DrillDown, View
from slipway.reporting.projections.views.safeguards import BRAKE
from slipway.reporting.read_models.drilldown import SOURCES, counted_window

_DELIVERY_SEARCH = ("_id", "subscription_ids", "location_id")
_SERVER_SEARCH = ("_id", "contact_id", "name", "ipv4", "subscription_id", "ghl_id")
_NEWEST_FIRST = -1
_UNIX_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class MongoQueries:
    def __init__(self, database: AsyncIOMotorDatabase[Any]) -> None:
        self._database = database

    async def drill_down(self, kpi: str, window: Window, limit: int = 100) -> DrillDown:
        source = SOURCES[kpi]
        counted = {"$and": [source.counted, {source.at: _within(counted_window(kpi, window))}]}
        against, others = [], counted
        if source.against is not None:
            lowering = {"$and": [counted, source.against]}
            against = await self._find(source.collection, lowering, source.at, limit)
            others = {"$and": [counted, {"$nor": [source.against]}]}
        room = limit - len(against)
        rest = await self._find(source.collection, others, source.at, room) if room else []
        return DrillDown(source.collection, against, rest)

    async def servers(
        self, search: str = "", status: str = "", skip: int = 0, limit: int = 50
    ) -> list[View]:
        """Returns servers whose id or other main field begins with `search`.

        The main fields are the contact, the name, the IP address and the subscription.
        """
        filter_ = _starting_with(_SERVER_SEARCH, search) | ({"status": status} if status else {})
        cursor = self._database["servers"].find(filter_).sort("last_at", _NEWEST_FIRST)
        found: list[View] = await cursor.skip(skip).limit(limit).to_list(None)
        return found

    async def count_servers_by_status(self) -> dict[str, int]:
        grouped = self._database["servers"].aggregate(
            [{"$group": {"_id": "$status", "n": {"$sum": 1}}}]
        )
        return {found["_id"]: found["n"] async for found in grouped}

    async def find_by_id(self, collection: str, id_: str) -> View | None:
        found: View | None = await self._database[collection].find_one({"_id": id_})
        return found

    async def timeline(self, about: Sequence[str], limit: int = 200, skip: int = 0) -> list[View]:
        """Returns the events about any of the ids in `about`."""
        filter_ = {"about": {"$in": list(about)}}
        newest = [("at", _NEWEST_FIRST), ("version", _NEWEST_FIRST)]
        cursor = self._database["timeline"].find(filter_).sort(newest)
        found: list[View] = await cursor.skip(skip).limit(limit).to_list(None)
        return found

    async def tasks_of(self, vps_id: str) -> list[View]:
        return await self._find("tasks", {"vps_id": vps_id}, "opened_at", 50)

    async def servers_needing_attention(self, limit: int = 200) -> list[View]:
        filter_ = {"attention.reason": {"$gt": ""}}
        return await self._find("servers", filter_, "attention.since", limit)

    async def subscriptions_needing_attention(self, limit: int = 100) -> list[View]:
        """Returns refunded, disputed and unclear subscriptions, and those without a plan.

        A refund is settled once an admin resolved its incident.
        """
        filter_ = {
            "$or": [{"entitlement.verdict": Verdict.REFERRED}, {"entitlement.problem": {"$gt": ""}}]
        }
        found = await self._find("lifecycles", filter_, "entitlement.changed_at", limit)
        settled = await self._settled_refunds([one["_id"] for one in found])
        return [one for one in found if not _is_settled(one, settled)]

    async def _settled_refunds(self, subscriptions: list[str]) -> dict[str, datetime]:
        """Maps each subscription to the start of its newest resolved refund incident."""
        filter_ = {
            "cause": IncidentCause.REFUND,
            "subject": {"$in": subscriptions},
            "resolved.by": {"$regex": "^user:"},
        }
        rows = self._database["incidents"].find(filter_).sort("since", 1)
        return {one["subject"]: one["since"] async for one in rows}

    async def active_safeguards(self) -> list[View]:
        """Returns accounts that are paused, limited or unproven, and unknown servers.

        The brake has its own page.
        """
        limits = [{"creation_pauses.needs": {"$gt": ""}}, {"throttled_since": {"$ne": None}}]
        filter_ = {"$or": [{"active": True}, {"unproven": True}, *limits], "kind": {"$ne": BRAKE}}
        return await self._find("safeguards", filter_, "since", 100)

    async def brake(self) -> View | None:
        return await self.find_by_id("safeguards", BRAKE)

    async def incidents(self, state: str, limit: int = 100) -> list[View]:
        return await self._find("incidents", {"state": state}, "opened_at", limit)

    async def affected_servers(self, incident: View, limit: int = 500) -> list[View]:
        """Returns the parked servers that an incident is about.

        The incident's subject is a VPS, a provider account or a region of an account.
        """
        subject = incident.get("subject", "")
        vps = await self.find_by_id("servers", subject)
        if vps is not None:
            return [vps] if vps.get("attention") else []
        provider, _, rest = subject.partition("/")
        account, _, region = rest.partition("/")
        filter_: dict[str, Any] = {"status": "parked", "provider": provider, "account": account}
        if region:
            filter_["region"] = {"$in": [region, None]}
        return await self._find("servers", filter_, "last_at", limit)

    async def deliveries(
        self, search: str = "", state: str = "", skip: int = 0, limit: int = 100
    ) -> list[View]:
        """Returns deliveries whose id, subscription or location starts with `search`."""
        filter_ = _starting_with(_DELIVERY_SEARCH, search) | ({"state": state} if state else {})
        cursor = self._database["deliveries"].find(filter_).sort("at", _NEWEST_FIRST)
        found: list[View] = await cursor.skip(skip).limit(limit).to_list(None)
        return found

    async def dead_letters(self, *, closed: bool, limit: int = 100) -> list[View]:
        state = "closed" if closed else {"$ne": "closed"}
        return await self._find("dead_letters", {"state": state}, "opened_at", limit)

    async def locations(self) -> list[View]:
        found: list[View] = await self._database["locations"].find().sort("_id", 1).to_list(1000)
        return found

    async def servers_to_change(self, location_id: str, limit: int = 200) -> list[View]:
        """Returns the servers that Slipway would change if the location were in mode `act`."""
        filter_ = {"location_id": location_id, "would_run": {"$gt": ""}}
        return await self._find("servers", filter_, "last_at", limit)

    async def commands(self, vps_id: str | None = None, limit: int = 50) -> list[View]:
        filter_ = {"target.vps_id": vps_id} if vps_id else {}
        return await self._find("commands", filter_, "issued_at", limit)

    async def instances(self, since: datetime) -> list[View]:
        """Returns the processes that sent a heartbeat after `since`, sorted by service."""
        cursor = self._database["instances"].find({"at": {"$gte": since}}).sort("_id", 1)
        found: list[View] = await cursor.limit(200).to_list(None)
        return found

    async def newest_event_at(self) -> datetime | None:
        found = await self._find("offsets", {"newest_at": {"$gt": _UNIX_EPOCH}}, "newest_at", 1)
        return found[0]["newest_at"] if found else None

    async def revision(self) -> tuple[Any, ...]:
        found = await self._database["offsets"].find({}, {"next": 1}).sort("_id", 1).to_list(None)
        return tuple((each["_id"], each["next"]) for each in found)

    async def _find(
        self, collection: str, filter_: Mapping[str, Any], newest_by: str, limit: int
    ) -> list[View]:
        cursor = self._database[collection].find(filter_).sort(newest_by, _NEWEST_FIRST)
        found: list[View] = await cursor.limit(limit).to_list(None)
        return found


def _starting_with(fields: Sequence[str], search: str) -> dict[str, Any]:
    begins = {"$regex": f"^{re.escape(search)}"}
    return {"$or": [{name: begins} for name in fields]} if search else {}


def _is_settled(subscription: View, settled: Mapping[str, datetime]) -> bool:
    entitlement, since = subscription["entitlement"], settled.get(subscription["_id"])
    if since is None or entitlement.get("problem"):
        return False
    return bool(since >= (entitlement.get("changed_at") or _UNIX_EPOCH))


def _within(window: Window) -> dict[str, datetime]:
    return {"$gte": window.begin, "$lt": window.end}
