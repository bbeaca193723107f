"""Symptoms apart from their incident's document, each once (H22).

Ten thousand are ten thousand small documents, not one that bursts. Written by `inbox`, read for
counting and by recoveries.
"""

from motor.motor_asyncio import AsyncIOMotorDatabase
from pymongo import ASCENDING
from pymongo.errors import DuplicateKeyError

from slipway.eventstore.mongo import infrastructure
from slipway.notifier.findings import Recovery, Symptom


class Symptoms:
    def __init__(self, database: "AsyncIOMotorDatabase[dict[str, object]]") -> None:
        self._symptoms = database["symptoms"]

    async def prepare(self) -> None:
        async with infrastructure():
            await self._symptoms.create_index(
                [
                    ("cause", ASCENDING),
                    ("scope", ASCENDING),
                    ("subject", ASCENDING),
                    ("live", ASCENDING),
                ]
            )

    async def remember(self, event_id: str, symptom: Symptom) -> bool:
        """Keep it under its event's id. False: it was handled before, this is a redelivery."""
        async with infrastructure():
            try:
                await self._symptoms.insert_one(
                    {
                        "_id": event_id,
                        "cause": symptom.cause,
                        "scope": symptom.scope,
                        "subject": symptom.subject,
                        "live": True,
                        "raised": False,
                    }
                )
            except DuplicateKeyError:
                known = await self._symptoms.find_one({"_id": event_id}, {"raised": 1})
                return known is not None and not known["raised"]
            return True

    async def raised(self, event_id: str) -> None:
        """Its incident stands: a redelivery has nothing more to do."""
        async with infrastructure():
            await self._symptoms.update_one({"_id": event_id}, {"$set": {"raised": True}})

    async def live(self, cause: str, scope: str) -> int:
        """How many symptoms the open incident has."""
        async with infrastructure():
            return await self._symptoms.count_documents(
                {"cause": cause, "scope": scope, "live": True}
            )

    async def take_away(self, recovery: Recovery) -> bool:
        """The subject's symptoms are over. True: an incident was there and has none left.

        Safe to repeat: we may have died between this write and the incident's own append.
        """
        async with infrastructure():
            key = {"cause": recovery.cause, "scope": recovery.scope}
            subject = {} if recovery.subject is None else {"subject": recovery.subject}
            if await self._symptoms.find_one({**key, **subject}, {"_id": 1}) is None:
                return False
            await self._symptoms.update_many(
                {**key, **subject, "live": True}, {"$set": {"live": False}}
            )
            return await self.live(recovery.cause, recovery.scope) == 0
