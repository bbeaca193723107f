"""Users, sessions, invitations and API keys in MongoDB.

Passwords are argon2; every token has 256 random bits and is stored as an HMAC under the session
secret, so a copy of the database opens nothing.
"""

import asyncio
import hashlib
import hmac
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from motor.motor_asyncio import AsyncIOMotorDatabase

from slipway.reporting.ports import By, Person, Role, TooManyTries, View

_SESSION = timedelta(days=7)
_INVITATION = timedelta(days=1)
_TRIES, _TRIES_WITHIN = 10, timedelta(minutes=15)
_ASK_FROM_VISIT, _ASK_AGAIN, _ASK_LATER = 3, timedelta(days=30), timedelta(days=1)


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
        self._secret = secret.encode()
        self._clock = clock
        self._new_token = new_token
        self._hasher = hasher or PasswordHasher()
        # Verified when the address is unknown, so that both answers take the same time.
        self._nobodys_hash = self._hasher.hash("nobody's password")

    async def invite(self, mail: str, role: Role, by: By) -> str:
        token = self._new_token()
        expires_at = self._clock() + _INVITATION
        invitation = {"_id": self._digest(token), "mail": _normal(mail), "role": role.name.lower()}
        await self._database["invites"].insert_one({**invitation, "expires_at": expires_at})
        await self._note("invited", f"{_normal(mail)} as {role.name.lower()}", by)
        return token

    async def accept(self, token: str, password: str) -> str | None:
        used = await self._database["invites"].find_one_and_delete(
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
        mail, now = _normal(mail), self._clock()
        failures = {"mail": mail, "at": {"$gt": now - _TRIES_WITHIN}}
        if await self._database["failures"].count_documents(failures) >= _TRIES:
            raise TooManyTries(mail)
        user = await self._database["users"].find_one({"_id": mail})
        hashed = user["password"] if user else self._nobodys_hash
        right = await asyncio.to_thread(self._verify, hashed, password)
        if user is None or not right:
            await self._database["failures"].insert_one({"mail": mail, "at": now})
            return None
        token = self._new_token()
        session = {"_id": self._digest(token), "mail": mail, "expires_at": now + _SESSION}
        await self._database["sessions"].insert_one(session)
        await self._database["users"].update_one({"_id": mail}, {"$inc": {"visits": 1}})
        return token

    async def sign_out(self, token: str) -> None:
        await self._database["sessions"].delete_one({"_id": self._digest(token)})

    async def by_session(self, token: str) -> Person | None:
        session = await self._database["sessions"].find_one(
            {"_id": self._digest(token), "expires_at": {"$gt": self._clock()}}
        )
        user = await self._database["users"].find_one({"_id": session["mail"]}) if session else None
        if user is None:
            return None
        return Person(user["_id"], Role.named(user["role"]), csrf=self._digest(f"csrf:{token}"))

    async def by_key(self, key: str) -> Person | None:
        found = await self._database["keys"].find_one({"_id": self._digest(key)})
        return Person(f"key:{found['name']}", Role.named(found["role"])) if found else None

    async def make_key(self, name: str, role: Role, by: By) -> str:
        key = f"slw_{self._new_token()}"
        await self._database["keys"].delete_many({"name": name})
        made = {"name": name, "role": role.name.lower(), "created_at": self._clock()}
        await self._database["keys"].insert_one({"_id": self._digest(key), **made})
        await self._note("key made", f"{name} as {role.name.lower()}", by)
        return key

    async def keys(self) -> list[View]:
        found = self._database["keys"].find({}, {"_id": 0}).sort("name", 1)
        return [dict(key) async for key in found]

    async def revoke_key(self, name: str, by: By) -> bool:
        gone = await self._database["keys"].delete_many({"name": name})
        if gone.deleted_count:
            await self._note("key revoked", name, by)
        return gone.deleted_count > 0

    async def remove_user(self, mail: str, by: By) -> bool:
        mail = _normal(mail)
        # The user first: without one, a session opens nothing even if we die right here.
        gone = await self._database["users"].delete_one({"_id": mail})
        for collection in ("sessions", "invites"):
            await self._database[collection].delete_many({"mail": mail})
        if gone.deleted_count:
            await self._note("removed", mail, by)
        return gone.deleted_count > 0

    async def accesses(self, limit: int = 50) -> list[View]:
        found = self._database["accesses"].find({}, {"_id": 0}).sort("at", -1).limit(limit)
        return [dict(access) async for access in found]

    async def users(self) -> list[View]:
        found = self._database["users"].find({}, {"password": 0}).sort("_id", 1)
        return [dict(user) async for user in found]

    async def should_ask(self, person: Person) -> bool:
        if person.csrf is None or person.role < Role.ADMIN:
            return False
        user = await self._database["users"].find_one({"_id": person.name})
        now = self._clock()
        if user is None or user["visits"] < _ASK_FROM_VISIT or now < user.get("ask_from", now):
            return False
        if "asked_at" not in user or user["asked_at"] < user.get("ask_from", user["created_at"]):
            asked = {"$set": {"asked_at": now}}
            await self._database["users"].update_one({"_id": person.name}, asked)
        return True

    async def answered(self, person: Person, *, later: bool) -> None:
        ask_from = self._clock() + (_ASK_LATER if later else _ASK_AGAIN)
        await self._database["users"].update_one(
            {"_id": person.name}, {"$set": {"ask_from": ask_from}}
        )

    async def _note(self, what: str, whom: str, by: By) -> None:
        said = {"what": what, "whom": whom, "actor": by.actor, "reason": by.reason}
        await self._database["accesses"].insert_one({**said, "at": self._clock()})

    def _verify(self, hashed: str, password: str) -> bool:
        try:
            return self._hasher.verify(hashed, password)
        except (VerificationError, InvalidHashError):
            return False

    def _digest(self, token: str) -> str:
        return hmac.new(self._secret, token.encode(), hashlib.sha256).hexdigest()


def _normal(mail: str) -> str:
    return mail.strip().lower()
