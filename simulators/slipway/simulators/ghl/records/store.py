"""Stores all versions of GHL's records, and offers the API's lookups.

The API shows a change only after a lag. The lag is the setting at the time of the change.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TypeVar

from slipway.simulators.ghl.records.entities import (
    Contact,
    CustomField,
    Location,
    Order,
    Price,
    Subscription,
)
from slipway.simulators.ghl.records.versions import Versioned

R = TypeVar("R", Contact, Order, Subscription)


@dataclass
class RecordStore:
    locations: dict[str, Location]
    prices: dict[str, Price]
    custom_fields: list[CustomField] = field(default_factory=list)
    contacts: dict[str, Versioned[Contact]] = field(default_factory=dict)
    orders: dict[str, Versioned[Order]] = field(default_factory=dict)
    subscriptions: dict[str, Versioned[Subscription]] = field(default_factory=dict)
    by_contact: dict[str, list[str]] = field(default_factory=dict)
    by_order: dict[str, list[str]] = field(default_factory=dict)

    def put_contact(self, contact: Contact, at: datetime, lag: float) -> None:
        _put(self.contacts, contact.id, contact, at, lag)

    def put_order(self, order: Order, at: datetime, lag: float) -> None:
        _put(self.orders, order.id, order, at, lag)

    def put_subscription(self, subscription: Subscription, at: datetime, lag: float) -> None:
        if subscription.id not in self.subscriptions:
            self.by_contact.setdefault(subscription.contact_id, []).append(subscription.id)
            self.by_order.setdefault(subscription.order_id, []).append(subscription.id)
        _put(self.subscriptions, subscription.id, subscription, at, lag)

    def subscription(self, id_: str) -> Subscription:
        """Returns the current record, even if the API still shows an older one.

        Accepts the id, and also `<location>:<_id>`.
        """
        return self.subscriptions[id_.rpartition(":")[2]].latest

    def price_of(self, subscription: Subscription) -> Price:
        return self.prices[subscription.item.price_id]

    def amount_of(self, subscription: Subscription) -> float:
        return self.price_of(subscription).amount * subscription.item.quantity

    def shown_subscriptions(
        self, now: datetime, *, contact: str | None = None, order: str | None = None
    ) -> list[Subscription]:
        """Returns the subscriptions that the API shows now, newest first."""
        ids: Iterable[str] = self.subscriptions
        if order is not None:
            ids = self.by_order.get(order, ())
        elif contact is not None:
            ids = self.by_contact.get(contact, ())
        shown = (self.subscriptions[id_].shown(now) for id_ in reversed(list(ids)))
        return [one for one in shown if one and contact in {None, one.contact_id}]

    def token_location(self, token: str) -> Location | None:
        return next((one for one in self.locations.values() if one.token == token), None)


def _put(book: dict[str, Versioned[R]], id_: str, record: R, at: datetime, lag: float) -> None:
    book.setdefault(id_, Versioned()).put(record, at, at + timedelta(seconds=lag))
