"""Decides when an admin is asked how satisfied they are: from the third visit on, every 30 days."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from motor.motor_asyncio import AsyncIOMotorDatabase

from slipway.reporting.access import Principal, Role

_FIRST_VISIT = 3
_NEXT_AFTER, _LATER_AFTER = timedelta(days=30), timedelta(days=1)


class MongoVotePrompts:
    def __init__(self, database: AsyncIOMotorDatabase[Any], clock: Callable[[], datetime]) -> None:
        self._users = database["users"]
        self._clock = clock

    async def should_ask(self, principal: Principal) -> bool:
        if principal.csrf is None or principal.role < Role.ADMIN:
            return False
        user = await self._users.find_one({"_id": principal.name})
        now = self._clock()
        if user is None or user["visits"] < _FIRST_VISIT or now < user.get("ask_from", now):
            return False
        if "asked_at" not in user or user["asked_at"] < user.get("ask_from", user["created_at"]):
            await self._users.update_one({"_id": principal.name}, {"$set": {"asked_at": now}})
        return True

    async def note_answer(self, principal: Principal, *, later: bool) -> None:
        ask_from = self._clock() + (_LATER_AFTER if later else _NEXT_AFTER)
        await self._users.update_one({"_id": principal.name}, {"$set": {"ask_from": ask_from}})
