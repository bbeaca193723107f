"""Stores symptoms outside the stream of their incident, each once (H22).

So ten thousand symptoms are ten thousand small documents, and no stream becomes too large. `intake`
adds, counts and ends symptoms.
"""

from dataclasses import asdict
from typing import Any

from motor.motor_asyncio import AsyncIOMotorDatabase
from pydantic import TypeAdapter
from pymongo.errors import DuplicateKeyError

from slipway.contracts.incidents import AffectedCustomer, IncidentCause
from slipway.eventstore.durability import infrastructure
from slipway.notifier.incident_key import IncidentKey
from slipway.notifier.incidents.rules.result import Recovery, Symptom

_SYMPTOM = TypeAdapter(Symptom)
_NAMED_CUSTOMERS = 20


class Symptoms:
    def __init__(self, database: AsyncIOMotorDatabase[Any]) -> None:
        self._symptoms = database["symptoms"]

    async def prepare(self) -> None:
        """Creates the indexes of all queries of this module. Safe to repeat."""
        async with infrastructure():
            for fields in (("cause", "subject", "active", "affected"), ("affected", "active")):
                await self._symptoms.create_index([(field, 1) for field in fields])
            await self._symptoms.create_index("ended_by", sparse=True)

    async def add(self, event_id: str, symptom: Symptom) -> bool:
        """Stores the symptom. Returns whether its incident must be raised.

        Returns True if the symptom is new, or if a crash interrupted the raising before. Returns
        False if a redelivered symptom was raised already or has ended.
        """
        async with infrastructure():
            try:
                await self._symptoms.insert_one(
                    {
                        "_id": event_id,
                        "cause": symptom.cause.value,
                        "subject": symptom.subject,
                        "affected": symptom.affected,
                        "active": True,
                        "raised": False,
                        "symptom": asdict(symptom),
                    }
                )
            except DuplicateKeyError:
                unfinished = {"_id": event_id, "raised": False, "active": True}
                return await self._symptoms.find_one(unfinished, {"_id": 1}) is not None
            return True

    async def mark_raised(self, event_id: str) -> None:
        """Records that the incident was raised, so that a redelivered symptom changes nothing."""
        async with infrastructure():
            await self._symptoms.update_one({"_id": event_id}, {"$set": {"raised": True}})

    async def count_affected(self, key: IncidentKey) -> int:
        """Returns how many different VPSs, deliveries or other parts show the cause now."""
        async with infrastructure():
            found = await self._symptoms.aggregate(
                [
                    {"$match": _active(key)},
                    {"$group": {"_id": "$affected"}},
                    {"$count": "affected"},
                ]
            ).to_list(1)
            return int(found[0]["affected"]) if found else 0

    async def affected_by(self, key: IncidentKey) -> tuple[int, tuple[AffectedCustomer, ...]]:
        """Returns the number of affected objects, such as VPSs, and the first 20 customers."""
        fields = {"symptom.subscription_id": 1, "symptom.contact_id": 1}
        about_customer = {**_active(key), "symptom.subscription_id": {"$ne": None}}
        async with infrastructure():
            cursor = self._symptoms.find(about_customer, fields).sort("affected", 1)
            found = await cursor.to_list(_NAMED_CUSTOMERS * 2)
        customers = (AffectedCustomer.model_validate(one["symptom"]) for one in found)
        return await self.count_affected(key), tuple(dict.fromkeys(customers))[:_NAMED_CUSTOMERS]

    async def any_active(self, key: IncidentKey) -> Symptom | None:
        async with infrastructure():
            found = await self._symptoms.find_one(_active(key))
            return None if found is None else _SYMPTOM.validate_python(found["symptom"])

    async def incidents_of(self, affected: str) -> list[IncidentKey]:
        """Returns the incident keys of the active symptoms of this VPS, delivery or location."""
        return await self._keys({"affected": affected, "active": True})

    async def end(self, event_id: str, recovery: Recovery) -> list[IncidentKey]:
        """Ends the matching symptoms.

        Returns the keys of the incidents of all symptoms that this event ended, now or before.
        Safe to repeat, because a process may crash between this write and the incident's append.
        """
        named = {
            "cause": recovery.cause,
            "subject": recovery.subject,
            "affected": recovery.affected,
        }
        matching = {field: value for field, value in named.items() if value is not None}
        async with infrastructure():
            await self._symptoms.update_many(
                {**matching, "active": True}, {"$set": {"active": False, "ended_by": event_id}}
            )
        return await self._keys({"ended_by": event_id})

    async def _keys(self, matching: dict[str, object]) -> list[IncidentKey]:
        async with infrastructure():
            found = await self._symptoms.find(matching, {"cause": 1, "subject": 1}).to_list(None)
        return sorted(
            {IncidentKey(IncidentCause(one["cause"]), str(one["subject"])) for one in found}
        )


def _active(key: IncidentKey) -> dict[str, object]:
    return {"cause": key.cause.value, "subject": key.subject, "active": True}
