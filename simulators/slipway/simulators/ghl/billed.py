"""What GHL billed, as the ledger's judge needs it: which subscription stood how, from when to when.

From the records' own versions, so API lag and lost webhooks can't hide anything from the judge.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from slipway.simulators.ghl.books import Books
from slipway.simulators.ghl.records import Status, Subscription
from slipway.simulators.ghl.versions import Version

PAYING = frozenset({Status.ACTIVE, Status.TRIALING})
ENDED = frozenset({Status.CANCELED, Status.EXPIRED})


@dataclass(frozen=True)
class Billed:
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


def intervals(books: Books) -> list[Billed]:
    return [one for kept in books.subscriptions.values() for one in _of(books, kept.versions)]


def _of(books: Books, versions: list[Version[Subscription]]) -> Iterator[Billed]:
    ends = [version.at for version in versions[1:]]
    for version, until in zip(versions, [*ends, None], strict=True):
        one = version.record
        price = books.price_of(one)
        yield Billed(
            subscription=one.stream,
            customer=books.contacts[one.contact_id].latest.name,
            price=price.id,
            plan=price.plan,
            quantity=one.item.quantity,
            status=one.status,
            live=one.live,
            since=version.at,
            until=until,
        )
