"""Customer directory: contact, plan, account and blocking reason of each VPS.

Rules and messages use it. To forget a customer, the entry in this view is deleted. Events contain
contact ids but no names.
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
    """`<provider>/<account>`. While this account is paused, the VPS can't be changed."""
    withheld: str | None = None
    """Why changes wait: a WithheldReason, `held` or `ignored`. None if no change waits."""
    source: SourceVersion | None = None
    """Source version, that is, the version of the entitlement that was applied last."""

    @property
    def held_back(self) -> bool:
        """Returns whether an admin's decision blocks every change, so that none can be overdue."""
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
        """Stores the fields of this event for its VPS.

        Safe to repeat, because later events overwrite these fields.
        """
        fields = _fields(event)
        if fields:
            async with infrastructure():
                await self._entries.update_one(
                    {"_id": event.vps_id}, {"$set": dict(fields)}, upsert=True
                )

    async def record_subscription(self, entitlement: Entitlement) -> None:
        """Stores the contact, the plan and the highest quantity.

        The highest quantity is needed to reach every VPS when the subscription ends.
        """
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
        """Returns what is known about the customer of this VPS, such as contact, plan and account.

        The subscription's events fill in what the VPS's events do not say.
        """
        ids = [_subscription_entry(subscription_of(vps_id)), vps_id]
        async with infrastructure():
            found = await self._entries.find({"_id": {"$in": ids}}).to_list(None)
        known: dict[str, object] = {}
        for document in sorted(found, key=lambda one: ids.index(str(one["_id"]))):
            known |= {name: value for name, value in document.items() if value is not None}
        fields = CustomerInfo.__dataclass_fields__
        return _INFO.validate_python({name: known.get(name) for name in fields})

    async def highest_quantity(self, subscription_id: str) -> int:
        """Returns the highest quantity of this subscription so far.

        It limits how many VPSs of the subscription may exist.
        """
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
