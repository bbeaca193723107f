"""The billing periods of all subscriptions. The ledger judges by them.

They are computed from all versions of the records. So API lag and lost webhooks do not change them.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
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
    is_paid_for: bool = False
    """The subscription was cancelled, and the customer has paid for this time."""

    @property
    def is_paying(self) -> bool:
        return self.status in PAYING or self.is_paid_for

    @property
    def has_ended(self) -> bool:
        """Returns whether the subscription has ended and the paid period is over.

        Only then may Slipway destroy a server without an admin.
        """
        return self.status in ENDED and not self.is_paid_for


def periods(records: RecordStore) -> list[BillingPeriod]:
    return [one for kept in records.subscriptions.values() for one in _of(records, kept.versions)]


def _of(records: RecordStore, versions: list[Version[Subscription]]) -> Iterator[BillingPeriod]:
    ends = [version.at for version in versions[1:]]
    for version, until in zip(versions, [*ends, None], strict=True):
        one = version.record
        price = records.price_of(one)
        period = BillingPeriod(
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
        yield from _split(period, one.paid_through)


def _split(period: BillingPeriod, paid_through: datetime | None) -> Iterator[BillingPeriod]:
    """Yields an ended subscription's time in two parts: paid for, and after that."""
    if period.status not in ENDED or paid_through is None or paid_through <= period.since:
        yield period
        return
    end = paid_through if period.until is None else min(paid_through, period.until)
    yield replace(period, until=end, is_paid_for=True)
    if period.until is None or period.until > end:
        yield replace(period, since=end)
