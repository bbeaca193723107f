"""The billing periods of all subscriptions. The ledger judges by them.

They are computed from all versions of the records. So API lag and lost webhooks do not change them.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from slipway.simulators.ghl.records.entities import Status, Subscription
from slipway.simulators.ghl.records.store import RecordStore
from slipway.simulators.ghl.records.versions import Version

PAYING = frozenset({Status.ACTIVE, Status.TRIALING})
ENDED = frozenset({Status.CANCELED, Status.EXPIRED})


@dataclass(frozen=True)
class BillingPeriod:
    """A period in which a subscription did not change."""

    subscription: str
    """`<location>:<_id>`, as Slipway names the subscription."""
    customer: str
    price: str
    plan: str | None
    """None if the price includes no VPS or is not mapped to a plan."""
    quantity: int
    status: str
    live: bool
    since: datetime
    until: datetime | None

    @property
    def is_paying(self) -> bool:
        return self.status in PAYING

    @property
    def has_ended(self) -> bool:
        """Returns whether the subscription has ended.

        Only then may Slipway destroy a server without an admin.
        """
        return self.status in ENDED


def periods(records: RecordStore) -> list[BillingPeriod]:
    return [one for kept in records.subscriptions.values() for one in _of(records, kept.versions)]


def _of(records: RecordStore, versions: list[Version[Subscription]]) -> Iterator[BillingPeriod]:
    ends = [version.at for version in versions[1:]]
    for version, until in zip(versions, [*ends, None], strict=True):
        one = version.record
        price = records.price_of(one)
        yield BillingPeriod(
            subscription=one.stream,
            customer=records.contacts[one.contact_id].latest.name,
            price=price.id,
            plan=price.plan,
            quantity=one.item.quantity,
            status=one.status,
            live=one.live,
            since=version.at,
            until=until,
        )
