"""Customer directory: contact, plan, account and blocker of each VPS, for rules and messages.

It is the one erasable view: deleting an entry forgets the customer. Events carry contact ids and no
names.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from motor.motor_asyncio import AsyncIOMotorDatabase
from pydantic import TypeAdapter

from slipway.contracts import vps
from slipway.contracts.ids import subscription_of
from slipway.contracts.subscriptions import Entitlement
from slipway.contracts.vps import SourceVersion, WithheldReason
from slipway.eventstore.durability import infrastructure

_HELD, _IGNORED = "held", "ignored"
_BLOCKED_BY_ADMIN = {WithheldReason.OBSERVE.value, _HELD, _IGNORED}


@dataclass(frozen=True)
class CustomerInfo:
    contact_id: str | None = None
    plan: str | None = None
    account: str | None = None
    """`<provider>/<account>`: a pause of this account stops the VPS."""
    withheld: str | None = None
    """A WithheldReason, `held` or `ignored`; None if the provisioner withholds nothing."""
    source: SourceVersion | None = None
    """The newest entitlement that the provisioner has applied."""

    @property
    def held_back(self) -> bool:
        """Whether an admin's decision blocks every change, so that none is overdue."""
        return self.withheld in _BLOCKED_BY_ADMIN


_INFO = TypeAdapter(CustomerInfo)

_WITHHELD: Mapping[type[vps.VpsEvent], str | None] = {
    vps.VpsHeld: _HELD,
    vps.VpsIgnored: _IGNORED,
    vps.OperationStarted: None,
    vps.WithholdingEnded: None,
    vps.VpsHoldReleased: None,
}


class CustomerDirectory:
    def __init__(self, database: AsyncIOMotorDatabase[Any]) -> None:
        self._entries = database["customers"]

    async def record_vps(self, event: vps.VpsEvent) -> None:
        """Store the fields of this event. Safe to repeat: the newest event wins."""
        fields = _fields(event)
        if fields:
            async with infrastructure():
                await self._entries.update_one(
                    {"_id": event.vps_id}, {"$set": dict(fields)}, upsert=True
                )

    async def record_subscription(self, entitlement: Entitlement) -> None:
        """Store the customer, and the highest quantity so that an ending reaches every VPS."""
        async with infrastructure():
            await self._entries.update_one(
                {"_id": _subscription_entry(entitlement.subscription_id)},
                {
                    "$set": {"contact_id": entitlement.contact_id, "plan": entitlement.plan},
                    "$max": {"quantity": entitlement.quantity or 0},
                },
                upsert=True,
            )

    async def info_of(self, vps_id: str) -> CustomerInfo:
        """Return the fields of the VPS's events, completed by those of its subscription."""
        ids = [_subscription_entry(subscription_of(vps_id)), vps_id]
        async with infrastructure():
            found = await self._entries.find({"_id": {"$in": ids}}).to_list(None)
        known: dict[str, object] = {}
        for document in sorted(found, key=lambda one: ids.index(str(one["_id"]))):
            known |= {name: value for name, value in document.items() if value is not None}
        fields = CustomerInfo.__dataclass_fields__
        return _INFO.validate_python({name: known.get(name) for name in fields})

    async def highest_quantity(self, subscription_id: str) -> int:
        """Return the highest quantity that this subscription ever had: so many VPSs may exist."""
        async with infrastructure():
            found = await self._entries.find_one({"_id": _subscription_entry(subscription_id)})
        return int(str(found["quantity"])) if found else 0


def _subscription_entry(subscription_id: str) -> str:
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
