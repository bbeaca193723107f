"""What GHL billed, as the ledger's judge needs it: which subscription stood how, from when to when.

From the records' own versions, so API lag and lost webhooks can't hide anything from the judge.
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
    """A time in which nothing about a subscription changed."""

    subscription: str
    """`<location>:<_id>`, as Slipway names it."""
    customer: str
    price: str
    plan: str | None
    """None: a price that isn't meant to give a VPS, or that nobody mapped."""
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
        """Only then may a server be destroyed without a person."""
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
