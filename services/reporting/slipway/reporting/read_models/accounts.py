"""Stores users, sessions and invitations in MongoDB.

Passwords are stored as argon2 hashes, and tokens as digests.
"""

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from motor.motor_asyncio import AsyncIOMotorDatabase

from slipway.reporting.access import ChangedBy, Principal, Role, TooManyAttempts, View
from slipway.reporting.read_models.access_log import AccessLog
from slipway.reporting.read_models.token_digest import Digest

_SESSION = timedelta(days=7)
_INVITATION = timedelta(days=1)
_MAX_FAILURES, _FAILURES_WITHIN = 10, timedelta(minutes=15)


class MongoAccounts:
    def __init__(
        self,
        database: AsyncIOMotorDatabase[Any],
        secret: str,
        clock: Callable[[], datetime],
        new_token: Callable[[], str],
        hasher: PasswordHasher | None = None,
    ) -> None:
        self._database = database
        self._log = AccessLog(database, clock)
        self._digest = Digest(secret)
        self._clock = clock
        self._new_token = new_token
        self._hasher = hasher or PasswordHasher()
        # An unknown address is checked against this hash, so that both answers take equally long.
        self._dummy_hash = self._hasher.hash("password of no user")

    async def invite(self, mail: str, role: Role, by: ChangedBy) -> str:
        token = self._new_token()
        expires_at = self._clock() + _INVITATION
        invitation = {
            "_id": self._digest(token),
            "mail": _normalized(mail),
            "role": role.name.lower(),
        }
        await self._database["invitations"].insert_one({**invitation, "expires_at": expires_at})
        await self._log.add("invited", f"{_normalized(mail)} as {role.name.lower()}", by)
        return token

    async def accept(self, token: str, password: str) -> str | None:
        used = await self._database["invitations"].find_one_and_delete(
            {"_id": self._digest(token), "expires_at": {"$gt": self._clock()}}
        )
        if used is None:
            return None
        hashed = await asyncio.to_thread(self._hasher.hash, password)
        account = {"password": hashed, "role": used["role"]}
        await self._database["users"].update_one(
            {"_id": used["mail"]},
            {"$set": account, "$setOnInsert": {"visits": 0, "created_at": self._clock()}},
            upsert=True,
        )
        await self._database["sessions"].delete_many({"mail": used["mail"]})
        mail: str = used["mail"]
        return mail

    async def sign_in(self, mail: str, password: str) -> str | None:
        mail, now = _normalized(mail), self._clock()
        failures = {"mail": mail, "at": {"$gt": now - _FAILURES_WITHIN}}
        if await self._database["failed_sign_ins"].count_documents(failures) >= _MAX_FAILURES:
            raise TooManyAttempts(mail)
        user = await self._database["users"].find_one({"_id": mail})
        hashed = user["password"] if user else self._dummy_hash
        correct = await asyncio.to_thread(self._verify, hashed, password)
        if user is None or not correct:
            await self._database["failed_sign_ins"].insert_one({"mail": mail, "at": now})
            return None
        token = self._new_token()
        session = {"_id": self._digest(token), "mail": mail, "expires_at": now + _SESSION}
        await self._database["sessions"].insert_one(session)
        await self._database["users"].update_one({"_id": mail}, {"$inc": {"visits": 1}})
        return token

    async def sign_out(self, token: str) -> None:
        await self._database["sessions"].delete_one({"_id": self._digest(token)})

    async def by_session(self, token: str) -> Principal | None:
        session = await self._database["sessions"].find_one(
            {"_id": self._digest(token), "expires_at": {"$gt": self._clock()}}
        )
        user = await self._database["users"].find_one({"_id": session["mail"]}) if session else None
        if user is None:
            return None
        return Principal(user["_id"], Role.named(user["role"]), csrf=self._digest(f"csrf:{token}"))

    async def users(self) -> list[View]:
        found = self._database["users"].find({}, {"password": 0}).sort("_id", 1)
        return [dict(user) async for user in found]

    async def remove_user(self, mail: str, by: ChangedBy) -> bool:
        mail = _normalized(mail)
        # The user is deleted first: if this process dies now, the remaining sessions are useless.
        deleted = await self._database["users"].delete_one({"_id": mail})
        for collection in ("sessions", "invitations"):
            await self._database[collection].delete_many({"mail": mail})
        if deleted.deleted_count:
            await self._log.add("removed", mail, by)
        return deleted.deleted_count > 0

    async def access_log(self, limit: int = 50) -> list[View]:
        return await self._log.newest(limit)

    def _verify(self, hashed: str, password: str) -> bool:
        try:
            return self._hasher.verify(hashed, password)
        except (VerificationError, InvalidHashError):
            return False


def _normalized(mail: str) -> str:
    return mail.strip().lower()
