"""The immutable records of GHL: locations, prices, contacts, orders, subscriptions."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum


class Status(StrEnum):
    """The known status values of a subscription. The API's field may contain any text."""

    INCOMPLETE = "incomplete"
    SCHEDULED = "scheduled"
    TRIALING = "trialing"
    ACTIVE = "active"
    PAST_DUE = "past_due"
    UNPAID = "unpaid"
    PAUSED = "paused"
    CANCELED = "canceled"
    EXPIRED = "expired"
    FAILED = "incomplete_expired"
    REFUNDED = "refunded"


@dataclass(frozen=True)
class Location:
    """A location, which GHL also calls sub-account. `token` is its private integration token."""

    id: str
    name: str
    company_id: str
    token: str
    email: str = "ops@example.com"


@dataclass(frozen=True)
class Price:
    """A price. `plan` is the agency's plan for it, which the API does not show."""

    id: str
    name: str
    product_id: str
    product_name: str
    amount: float
    plan: str | None = None
    currency: str = "USD"
    recurring: bool = True

    @property
    def item_name(self) -> str:
        return f"{self.product_name} - {self.name}"


@dataclass(frozen=True)
class CustomField:
    id: str
    location_id: str
    name: str
    data_type: str = "TEXT"

    @property
    def key(self) -> str:
        return "contact." + "_".join(self.name.lower().split())


@dataclass(frozen=True)
class Contact:
    id: str
    location_id: str
    first_name: str
    last_name: str
    email: str
    phone: str
    added_at: datetime
    updated_at: datetime
    tags: tuple[str, ...] = ()
    custom_fields: Mapping[str, str] = field(default_factory=dict)
    """The values by the id of the custom field."""

    @property
    def name(self) -> str:
        return f"{self.first_name} {self.last_name}"


@dataclass(frozen=True)
class Item:
    price_id: str
    quantity: int = 1


@dataclass(frozen=True)
class Order:
    id: str
    location_id: str
    contact_id: str
    items: tuple[Item, ...]
    status: str
    created_at: datetime
    updated_at: datetime
    live: bool = True


@dataclass(frozen=True)
class Subscription:
    id: str
    location_id: str
    contact_id: str
    order_id: str
    provider_id: str
    item: Item
    status: str
    created_at: datetime
    updated_at: datetime
    starts_at: datetime
    """The start of billing. It is later than `created_at` for a scheduled subscription."""
    trial_ends_at: datetime | None = None
    canceled_at: datetime | None = None
    live: bool = True
    period_start: datetime | None = None
    paid_through: datetime | None = None
    """End of the paid period, or None if the record shows no period."""
    ends_at_period_end: bool = False
    """The customer cancelled, and the status changes only when the paid period is over."""

    @property
    def stream(self) -> str:
        """Returns Slipway's id of the subscription, `<location>:<_id>`."""
        return f"{self.location_id}:{self.id}"
