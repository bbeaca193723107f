"""Finds deliveries that are not applied yet and contradict what GHL's record says (H42).

GHL's API lags behind its webhooks. While a webhook claims that the customer is back and the record
does not show it yet, nothing is confirmed. `checks.worker` asks before it confirms.
"""

from slipway.contracts.deliveries import Hint
from slipway.contracts.ids import ghl_id_of
from slipway.contracts.subscriptions import Entitlement
from slipway.contracts.vps import OperationKind
from slipway.eventstore.store import EventStore
from slipway.ingest.deliveries.decider import DELIVERY
from slipway.ingest.ghl.status import StatusClass, classify

_PAYS = frozenset({StatusClass.TRIAL, StatusClass.ACTIVE})
_OWES = frozenset({StatusClass.OVERDUE, StatusClass.STOPPED})
_CONTRADICTS = {
    OperationKind.DELETE: _PAYS | _OWES,
    OperationKind.SUSPEND: _PAYS,
    OperationKind.CREATE: _OWES | {StatusClass.ENDED},
    OperationKind.RESUME: _OWES | {StatusClass.ENDED},
}
"""The claims that say that the operation must not go out."""


class PendingHints:
    def __init__(self, store: EventStore) -> None:
        self._store = store

    async def contradict(self, kind: OperationKind, entitlement: Entitlement) -> bool:
        """Returns whether a hint about this subscription forbids the operation."""
        record, contact = entitlement.record, entitlement.contact_id
        names = {
            "subscription_id": ghl_id_of(entitlement.subscription_id),
            "order_id": record.order_id,
            "contact_id": contact,
        }
        any_of = {f"hints.{field}": [value] for field, value in names.items() if value}
        return any(
            hint.location_id == entitlement.location_id
            and _names(hint, names)
            and classify(hint.claimed_status) in _CONTRADICTS[kind]
            for stream in await self._store.find_open(DELIVERY, any_of)
            for hint in stream.state.hints
        )


def _names(hint: Hint, names: dict[str, str | None]) -> bool:
    """Returns whether the hint names this subscription, by id, order or contact (H7)."""
    if hint.subscription_id is not None:
        return hint.subscription_id == names["subscription_id"]
    by_order = hint.order_id is not None and hint.order_id == names["order_id"]
    by_contact = hint.contact_id is not None and hint.contact_id == names["contact_id"]
    return by_order or by_contact
