"""Symptoms apart from their incident's document, each once (H22).

Ten thousand are ten thousand small documents, not one that bursts. `incident_desk` writes them and
counts them; a recovery takes them away.
"""

from dataclasses import asdict
from typing import Any

from motor.motor_asyncio import AsyncIOMotorDatabase
from pydantic import TypeAdapter
from pymongo.errors import DuplicateKeyError

from slipway.contracts.incidents import IncidentCause
from slipway.eventstore.durability import infrastructure
from slipway.notifier.incidents.rules.result import Recovery, Symptom

Place = tuple[IncidentCause, str]
"""(cause, subject): what names an incident."""

_SYMPTOM = TypeAdapter(Symptom)


class Symptoms:
    def __init__(self, database: AsyncIOMotorDatabase[Any]) -> None:
        self._symptoms = database["symptoms"]

    async def prepare(self) -> None:
        """Make the indexes that every query here uses. Safe to repeat."""
        async with infrastructure():
            for fields in (("cause", "subject", "live", "affected"), ("affected", "live")):
                await self._symptoms.create_index([(field, 1) for field in fields])
            await self._symptoms.create_index("ended_by", sparse=True)

    async def remember(self, event_id: str, symptom: Symptom) -> bool:
        """Keep it under its event's id. False: it was handled before, this is a redelivery."""
        async with infrastructure():
            try:
                await self._symptoms.insert_one(
                    {
                        "_id": event_id,
                        "cause": symptom.cause.value,
                        "subject": symptom.subject,
                        "affected": symptom.affected,
                        "live": True,
                        "raised": False,
                        "shown": asdict(symptom),
                    }
                )
            except DuplicateKeyError:
                unfinished = {"_id": event_id, "raised": False, "live": True}
                return await self._symptoms.find_one(unfinished, {"_id": 1}) is not None
            return True

    async def raised(self, event_id: str) -> None:
        """Its incident stands: a redelivery has nothing more to do."""
        async with infrastructure():
            await self._symptoms.update_one({"_id": event_id}, {"$set": {"raised": True}})

    async def live(self, cause: IncidentCause, subject: str) -> int:
        """How many subjects show the cause now; one that shows it twice counts once."""
        async with infrastructure():
            found = await self._symptoms.aggregate(
                [
                    {"$match": {"cause": cause, "subject": subject, "live": True}},
                    {"$group": {"_id": "$affected"}},
                    {"$count": "subjects"},
                ]
            ).to_list(1)
            return int(found[0]["subjects"]) if found else 0

    async def any_live(self, cause: IncidentCause, subject: str) -> Symptom | None:
        async with infrastructure():
            found = await self._symptoms.find_one(
                {"cause": cause, "subject": subject, "live": True}
            )
            return None if found is None else _SYMPTOM.validate_python(found["shown"])

    async def laid_to(self, affected: str) -> list[Place]:
        """The incidents that a symptom of this VPS, delivery or location belongs to."""
        return await self._places({"affected": affected, "live": True})

    async def take_away(self, event_id: str, recovery: Recovery) -> list[Place]:
        """End the symptoms that this event shows to be over; whose they were.

        Safe to repeat: we may have died between this write and the incident's own append.
        """
        named = {
            "cause": recovery.cause,
            "subject": recovery.subject,
            "affected": recovery.affected,
        }
        which = {field: value for field, value in named.items() if value is not None}
        async with infrastructure():
            await self._symptoms.update_many(
                {**which, "live": True}, {"$set": {"live": False, "ended_by": event_id}}
            )
        return await self._places({"ended_by": event_id})

    async def _places(self, which: dict[str, object]) -> list[Place]:
        async with infrastructure():
            found = await self._symptoms.find(which, {"cause": 1, "subject": 1}).to_list(None)
        return sorted({(IncidentCause(one["cause"]), str(one["subject"])) for one in found})
