"""A small card per VPS for what a message must say and a rule must know: contact, plan, account.

One erasable view: dropping a card forgets the customer, the streams hold contact ids only.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from motor.motor_asyncio import AsyncIOMotorDatabase

from slipway.contracts import subscriptions, vps
from slipway.contracts.envelope import Recorded
from slipway.eventstore.mongo import infrastructure


@dataclass(frozen=True)
class Card:
    contact_id: str | None = None
    plan: str | None = None
    account: str | None = None
    """`<provider>/<account>`: the scope whose pause stops this VPS."""
    withheld: str | None = None
    """Why the provisioner holds back at the moment: `brake`, `scope-paused`, …"""


class Directory:
    def __init__(self, database: "AsyncIOMotorDatabase[dict[str, object]]") -> None:
        self._cards = database["directory"]

    async def note(self, recorded: Recorded) -> None:
        """Keep what this event says; safe to repeat, the newest word stands."""
        async with infrastructure():
            key, fields = _card_fields(recorded)
            if fields:
                await self._cards.update_one({"_id": key}, {"$set": dict(fields)}, upsert=True)

    async def note_quantity(self, entitlement: subscriptions.Entitlement) -> None:
        """Remember the largest quantity seen, so that an ending reaches every VPS there was."""
        async with infrastructure():
            if entitlement.quantity is not None:
                await self._cards.update_one(
                    {"_id": f"subscription:{entitlement.subscription_id}"},
                    {"$max": {"quantity": entitlement.quantity}},
                    upsert=True,
                )

    async def card(self, vps_id: str) -> Card:
        async with infrastructure():
            found = await self._cards.find_one({"_id": vps_id})
            if found is None:
                return Card()
            return Card(**{name: found.get(name) for name in Card.__dataclass_fields__})  # type: ignore[arg-type]  # fields are str | None, Mongo gives object

    async def ordinals(self, subscription_id: str) -> int:
        """The largest quantity this subscription ever had: how many VPSs may exist."""
        async with infrastructure():
            found = await self._cards.find_one({"_id": f"subscription:{subscription_id}"})
            return int(str(found["quantity"])) if found else 0


def _card_fields(recorded: Recorded) -> tuple[str, Mapping[str, object]]:
    match recorded.event:
        case vps.VpsRequested() as event:
            account = f"{event.spec.provider}/{event.spec.account}"
            fields = {"contact_id": event.contact_id, "plan": event.spec.plan, "account": account}
            return event.vps_id, fields
        case vps.OperationWithheld() as event:
            return event.vps_id, {"withheld": event.why}
        case vps.OperationStarted() as event:
            return event.vps_id, {"withheld": None}
        case _:
            return "", {}
