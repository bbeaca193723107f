"""The entitlement of a subscription, and the values that it consists of.

Every event of a Subscription stream carries it. `subscriptions` exports these classes as well.
"""

from enum import StrEnum
from typing import Annotated

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, field_validator

from slipway.contracts.deadlines import within_reach


class Verdict(StrEnum):
    """What the subscription is entitled to now. The dates are in the Entitlement."""

    RUNNING = "running"
    SUSPENDED = "suspended"
    ABSENT = "absent"
    UNCHANGED = "unchanged"
    """The record is not understood, not yet paid, or not for a VPS. No server is created or
    changed."""
    REFERRED = "referred"
    """The payment was refunded or charged back, or the entitlement lapsed. Nothing changes until an
    admin decides."""


class EndOfPlan(StrEnum):
    """A plan's choice of when the server of a cancelled subscription is switched off."""

    PAID_THROUGH = "paid_through"
    """Switched off at the end of the period that the customer paid for."""
    AT_ONCE = "at_once"
    """Switched off immediately."""


class PlanTerms(BaseModel):
    """Terms that the agency sells with a plan. Durations are in seconds."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    grace_seconds: Annotated[int, Field(ge=0)] = 0
    """How long a server keeps running after a payment became overdue."""
    hold_seconds: Annotated[int, Field(ge=0)] = 0
    """How long a cancelled server is kept, powered off, before it is deleted."""
    trial: bool = True
    """Whether a trial gets a running server."""
    test: bool = False
    """Whether a purchase in test mode gets a running server."""
    end: EndOfPlan = EndOfPlan.PAID_THROUGH
    """Whether a cancelled server runs until the date that it is paid for."""


class RecordFields(BaseModel):
    """Normalised fields of GHL's record as last read by id.

    The poller compares its list with them.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    status: str
    """GHL's status, trimmed and lower-cased."""
    amount: str | None = None
    currency: str | None = None
    price_id: str | None = None
    order_id: str | None = None
    created_at: AwareDatetime | None = None
    updated_at: AwareDatetime | None = None
    canceled_at: AwareDatetime | None = None
    live: bool = True
    provider_prices: tuple[str, ...] | None = None
    """Prices in the payment provider's snapshot; None in events before this field existed."""


class SkippedDate(BaseModel):
    """A date of GHL's record that can't be true. It is not used, and an operator is notified."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    field: str
    problem: str


class Entitlement(BaseModel):
    """What one subscription is entitled to, at one version of its stream."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    subscription_id: str
    location_id: str
    contact_id: str | None = None
    verdict: Verdict
    reason: str
    """The reason for the verdict, as a sentence that the portal shows."""
    plan: str | None = None
    terms: PlanTerms | None = None
    quantity: Annotated[int, Field(ge=1)] | None = None
    """Number of VPSs. None if GHL's quantity is not understood. Then nothing changes (H16)."""
    started_at: AwareDatetime | None = None
    """Start of the subscription by GHL's clock. The provisioning time is measured from it."""
    changed_at: AwareDatetime | None = None
    """When the change that led to this verdict happened, by GHL's clock."""
    counted_from: AwareDatetime | None = None
    """When the grace or the hold began: the first reading that no longer showed the subscription
    as entitled, by our clock. GHL's own dates may lie long before it (H34)."""
    paid_through: AwareDatetime | None = None
    """End of the period that the customer paid for (H45). None if the record does not show it."""
    suspend_at: AwareDatetime | None = None
    """Earliest time of a suspension: the end of the grace for verdict suspended, the date that the
    server is paid for with verdict absent. None means immediately."""
    delete_at: AwareDatetime | None = None
    """Earliest time of a deletion, at the end of the plan's hold. The server is powered off from
    `suspend_at` until then. None means immediately."""
    skipped_dates: tuple[SkippedDate, ...] = ()
    """Dates of GHL's record that can't be true."""
    decided_at: AwareDatetime
    record: RecordFields

    _within_reach = field_validator(
        "started_at", "changed_at", "counted_from", "paid_through", "suspend_at", "delete_at"
    )(within_reach)
