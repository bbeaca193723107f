"""What a message must say and a rule must know about a VPS: contact, plan, account, what stops it.

One erasable view: dropping a card forgets the customer; events carry contact ids and no names.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from motor.motor_asyncio import AsyncIOMotorDatabase
from pydantic import TypeAdapter

from slipway.contracts import vps
from slipway.contracts.ids import subscription_of
from slipway.contracts.subscriptions import Entitlement
from slipway.contracts.vps import SourceVersion
from slipway.eventstore.durability import infrastructure

_UNTIL_A_PERSON_DECIDES = {"observe", "held", "ignored"}


@dataclass(frozen=True)
class Card:
    contact_id: str | None = None
    plan: str | None = None
    account: str | None = None
    """`<provider>/<account>`: the scope whose pause stops this VPS."""
    withheld: str | None = None
    """Why the provisioner holds back at the moment: `brake`, `account-paused`, …"""
    source: SourceVersion | None = None
    """The newest entitlement that the provisioner has taken."""

    @property
    def held_back(self) -> bool:
        """A person wants it so: nothing is late."""
        return self.withheld in _UNTIL_A_PERSON_DECIDES


_CARD = TypeAdapter(Card)

_WITHHELD: Mapping[type[vps.VpsEvent], str | None] = {
    vps.VpsHeld: "held",
    vps.VpsIgnored: "ignored",
    vps.OperationStarted: None,
    vps.WithholdingEnded: None,
    vps.VpsHoldLifted: None,
}


class Directory:
    def __init__(self, database: AsyncIOMotorDatabase[Any]) -> None:
        self._cards = database["directory"]

    async def note_vps(self, event: vps.VpsEvent) -> None:
        """Keep what this event says; safe to repeat, the newest word stands."""
        fields = _fields(event)
        if fields:
            async with infrastructure():
                await self._cards.update_one(
                    {"_id": event.vps_id}, {"$set": dict(fields)}, upsert=True
                )

    async def note_subscription(self, entitlement: Entitlement) -> None:
        """Keep the customer, and the largest quantity, so that an ending reaches every VPS."""
        async with infrastructure():
            await self._cards.update_one(
                {"_id": _subscription_card(entitlement.subscription_id)},
                {
                    "$set": {"contact_id": entitlement.contact_id, "plan": entitlement.plan},
                    "$max": {"quantity": entitlement.quantity or 0},
                },
                upsert=True,
            )

    async def card(self, vps_id: str) -> Card:
        """What is known, from the VPS's own events or, before it has any, its subscription's."""
        ids = [_subscription_card(subscription_of(vps_id)), vps_id]
        async with infrastructure():
            found = await self._cards.find({"_id": {"$in": ids}}).to_list(None)
        known: dict[str, object] = {}
        for document in sorted(found, key=lambda one: ids.index(str(one["_id"]))):
            known |= {name: value for name, value in document.items() if value is not None}
        return _CARD.validate_python({name: known.get(name) for name in Card.__dataclass_fields__})

    async def ordinals(self, subscription_id: str) -> int:
        """The largest quantity this subscription ever had: how many VPSs may exist."""
        async with infrastructure():
            found = await self._cards.find_one({"_id": _subscription_card(subscription_id)})
        return int(str(found["quantity"])) if found else 0


def _subscription_card(subscription_id: str) -> str:
    return f"subscription:{subscription_id}"


def _fields(event: vps.VpsEvent) -> Mapping[str, object]:
    match event:
        case vps.VpsRequested(spec=spec, contact_id=contact_id):
            account = f"{spec.provider}/{spec.account}"
            return {"contact_id": contact_id, "plan": spec.plan, "account": account}
        case vps.DesiredStateChanged(source=source) | vps.EntitlementConfirmed(source=source):
            return {"source": source.model_dump()}
        case vps.OperationWithheld(reason=reason):
            return {"withheld": reason.value}
        case _ if type(event) in _WITHHELD:
            return {"withheld": _WITHHELD[type(event)]}
        case _:
            return {}
