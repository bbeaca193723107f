"""Topic `subscriptions`: the entitlement that GHL's record gives, and the write-back to GHL.

Every event of a Subscription stream carries the whole entitlement, never a delta. So a consumer
keeps only the newest (epoch, version), and a redrive can't bring an old verdict back (H2).
"""

from enum import StrEnum
from typing import Annotated

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, field_validator

from slipway.contracts.deadlines import within_reach
from slipway.contracts.envelope import Event
from slipway.contracts.vps_values import OperationKind


class Verdict(StrEnum):
    """What the subscription is entitled to now; the Entitlement has the dates."""

    RUNNING = "running"
    SUSPENDED = "suspended"
    ABSENT = "absent"
    UNCHANGED = "unchanged"
    """Not understood or not yet paid: no server is created and no existing one is changed."""
    REFERRED = "referred"
    """Refunded or charged back: an admin decides, and nothing changes until then."""


class EndOfPlan(StrEnum):
    """When the server of a cancelled subscription is switched off."""

    PAID_THROUGH = "paid_through"
    """At the end of the period that the customer paid for."""
    AT_ONCE = "at_once"


class PlanTerms(BaseModel):
    """Terms that the agency sells with a plan. Durations are in seconds."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    grace_seconds: Annotated[int, Field(ge=0)] = 0
    """How long a server keeps running after a payment became overdue."""
    hold_seconds: Annotated[int, Field(ge=0)] = 0
    """How long a cancelled server is kept (powered off) before it is deleted."""
    trial: bool = True
    """Whether a trial gets a running server."""
    test: bool = False
    """Whether a purchase in test mode gets a running server."""
    end: EndOfPlan = EndOfPlan.PAID_THROUGH
    """Whether a cancelled server runs until the date that it is paid for."""


class RecordFields(BaseModel):
    """Normalised fields of GHL's record as last read by id; the poller compares lists with them."""

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
    """Why this verdict: one sentence that the portal shows."""
    plan: str | None = None
    terms: PlanTerms | None = None
    quantity: Annotated[int, Field(ge=1)] | None = None
    """Number of VPSs. None if it is not understood, and then nothing changes (H16)."""
    started_at: AwareDatetime | None = None
    """Start of the subscription by GHL's clock; provisioning time is measured from it."""
    changed_at: AwareDatetime | None = None
    """When the change that led to this verdict happened, by GHL's clock."""
    counted_from: AwareDatetime | None = None
    """When the grace or the hold began: the first reading that no longer showed the subscription
    as entitled, by our clock. GHL's own dates may lie long before it (H34)."""
    paid_through: AwareDatetime | None = None
    """End of the period that the customer paid for (H45). None: the record does not tell."""
    suspend_at: AwareDatetime | None = None
    """Suspend no earlier. For verdict suspended the end of the grace, for verdict absent the date
    that the server is paid for. None means at once."""
    delete_at: AwareDatetime | None = None
    """For verdict absent: delete no earlier (hold), and power off from `suspend_at` until then.
    None means at once."""
    skipped_dates: tuple[SkippedDate, ...] = ()
    """Dates of GHL's record that can't be true."""
    decided_at: AwareDatetime
    record: RecordFields

    _within_reach = field_validator(
        "started_at", "changed_at", "counted_from", "paid_through", "suspend_at", "delete_at"
    )(within_reach)


class SubscriptionEvent(Event):
    """Base of the events of a Subscription stream."""

    entitlement: Entitlement


class EntitlementGranted(SubscriptionEvent):
    """The customer pays, or is on a trial that the plan includes: running."""

    TYPE = "slipway.subscriptions.granted.v1"


class EntitlementSuspended(SubscriptionEvent):
    """Overdue, unpaid or paused: powered off, after the plan's grace."""

    TYPE = "slipway.subscriptions.suspended.v1"


class EntitlementEnded(SubscriptionEvent):
    """Cancelled or expired: deleted, after the plan's hold."""

    TYPE = "slipway.subscriptions.ended.v1"


class EntitlementWithheld(SubscriptionEvent):
    """Not entitled yet: pending, scheduled, or a trial or test that the plan does not include."""

    TYPE = "slipway.subscriptions.withheld.v1"


class EntitlementReferred(SubscriptionEvent):
    """Refunded or charged back: an admin decides."""

    TYPE = "slipway.subscriptions.referred.v1"


class PlanUnmapped(SubscriptionEvent):
    """A paying subscription has a price without a plan. This raises an incident (H30)."""

    TYPE = "slipway.subscriptions.plan-unmapped.v1"

    price_id: str | None
    product_name: str | None = None


class NotVpsRecognised(SubscriptionEvent):
    """`plans.yaml` lists the price as no VPS: no task, no incident."""

    TYPE = "slipway.subscriptions.not-vps.v1"


class SubscriptionNotUnderstood(SubscriptionEvent):
    """A status, quantity or record can't be read: nothing changes, and an operator is notified."""

    TYPE = "slipway.subscriptions.not-understood.v1"

    field: str
    problem: str


class EntitlementCheckRequested(SubscriptionEvent):
    """The provisioner requested a confirmation; the record is being read back."""

    TYPE = "slipway.subscriptions.check-requested.v1"

    vps_id: str
    kind: OperationKind = OperationKind.DELETE
    """The operation that is to go out."""
    nonce: str
    requested_at: AwareDatetime


class CheckAnswer(StrEnum):
    """What GHL's record says about the operation that is to go out."""

    CONFIRMED = "confirmed"
    """The record requires the operation."""
    CONTRADICTED = "contradicted"
    """The record requires something else."""
    UNKNOWN = "unknown"
    """GHL did not show the record, or its meaning is not clear."""


class EntitlementChecked(SubscriptionEvent):
    """The confirmation: ingest read GHL's record back for this nonce (H3, H33).

    The entitlement is the one of this read. The provisioner applies it before the answer counts.
    """

    TYPE = "slipway.subscriptions.checked.v2"

    vps_id: str
    kind: OperationKind
    """The operation that was asked about."""
    nonce: str
    answer: CheckAnswer


class RecordReadRequested(SubscriptionEvent):
    """An admin asked for the record to be read from GHL now."""

    TYPE = "slipway.subscriptions.read-requested.v1"

    command_id: str
    actor: str
    requested_at: AwareDatetime


class RecordRead(SubscriptionEvent):
    """The read that the admin asked for is done. A change is in the event before this one."""

    TYPE = "slipway.subscriptions.read.v1"

    command_id: str
    found: bool
    """False if GHL shows no such record now, which proves nothing."""
    changed: bool


class WriteBackEvent(Event):
    """Base of the events of a write-back stream, `writeback-<location>:<contact>`."""

    subscription_id: str
    contact_id: str | None
    vps_id: str


class WriteBackRequested(WriteBackEvent):
    """The contact's custom fields should show these values."""

    TYPE = "slipway.subscriptions.write-back-requested.v2"

    vps_ip: str
    vps_state: str
    source_epoch: int
    source_version: int
    """Version of the Vps event that proved the values; an older one changes nothing."""
    requested_at: AwareDatetime
    """When the write-back became due."""


class WriteBackDone(WriteBackEvent):
    """GHL accepted the values."""

    TYPE = "slipway.subscriptions.write-back-done.v1"

    vps_ip: str
    vps_state: str
    requests: int = 0
    """Number of requests of this stream that these values answer."""


class WriteBackFailed(WriteBackEvent):
    """GHL refused the values permanently, for example because the contact is gone."""

    TYPE = "slipway.subscriptions.write-back-failed.v1"

    problem: str
    requests: int = 0
