"""Stores API keys in MongoDB, as digests."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from motor.motor_asyncio import AsyncIOMotorDatabase

from slipway.reporting.access import ChangedBy, Principal, Role, View
from slipway.reporting.read_models.access_log import AccessLog
from slipway.reporting.read_models.token_digest import Digest


class MongoApiKeys:
    def __init__(
        self,
        database: AsyncIOMotorDatabase[Any],
        secret: str,
        clock: Callable[[], datetime],
        new_token: Callable[[], str],
    ) -> None:
        self._keys = database["keys"]
        self._log = AccessLog(database, clock)
        self._digest = Digest(secret)
        self._clock = clock
        self._new_token = new_token

    async def by_key(self, key: str) -> Principal | None:
        found = await self._keys.find_one({"_id": self._digest(key)})
        return Principal(f"key:{found['name']}", Role.named(found["role"])) if found else None

    async def make_key(self, name: str, role: Role, by: ChangedBy) -> str:
        key = f"slw_{self._new_token()}"
        await self._keys.delete_many({"name": name})
        document = {"name": name, "role": role.name.lower(), "created_at": self._clock()}
        await self._keys.insert_one({"_id": self._digest(key), **document})
        await self._log.add("key created", f"{name} as {role.name.lower()}", by)
        return key

    async def keys(self) -> list[View]:
        found = self._keys.find({}, {"_id": 0}).sort("name", 1)
        return [dict(key) async for key in found]

    async def revoke_key(self, name: str, by: ChangedBy) -> bool:
        deleted = await self._keys.delete_many({"name": name})
        if deleted.deleted_count:
            await self._log.add("key revoked", name, by)
        return deleted.deleted_count > 0
