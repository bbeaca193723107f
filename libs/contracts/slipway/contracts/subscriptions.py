"""Topic `subscriptions`: entitlements derived from GHL's records, and write-backs to GHL.

Every event of a Subscription stream carries the whole entitlement, not only what changed. A
consumer keeps only the newest (epoch, version), so a redrive can't restore an old verdict (H2).
"""

from enum import StrEnum
from typing import Annotated

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, field_validator

from slipway.contracts.deadlines import within_reach
from slipway.contracts.envelope import Event
from slipway.contracts.vps_values import OperationKind


class Verdict(StrEnum):
    """What the subscription is entitled to now. The dates are in the Entitlement."""

    RUNNING = "running"
    SUSPENDED = "suspended"
    ABSENT = "absent"
    UNCHANGED = "unchanged"
    """The record is not understood, not yet paid, or not for a VPS. No server is created or
    changed."""
    REFERRED = "referred"
    """The payment was refunded or charged back. Nothing changes until an admin decides."""


class EndOfPlan(StrEnum):
    """When the server of a cancelled subscription is switched off."""

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


class SubscriptionEvent(Event):
    """Base of the events of a Subscription stream."""

    entitlement: Entitlement


class EntitlementGranted(SubscriptionEvent):
    """The customer pays, or is on a trial that the plan includes. The server runs."""

    TYPE = "slipway.subscriptions.granted.v1"


class EntitlementSuspended(SubscriptionEvent):
    """The subscription is overdue, unpaid or paused.

    The server is powered off after the plan's grace.
    """

    TYPE = "slipway.subscriptions.suspended.v1"


class EntitlementEnded(SubscriptionEvent):
    """The subscription is cancelled or expired. The server is deleted after the plan's hold."""

    TYPE = "slipway.subscriptions.ended.v1"


class EntitlementWithheld(SubscriptionEvent):
    """The subscription is pending or scheduled, or a trial or test that the plan does not include.

    No server is created or changed.
    """

    TYPE = "slipway.subscriptions.withheld.v1"


class EntitlementReferred(SubscriptionEvent):
    """The payment was refunded or charged back. An admin decides."""

    TYPE = "slipway.subscriptions.referred.v1"


class PlanUnmapped(SubscriptionEvent):
    """A paying subscription has a price without a plan. This raises an incident (H30)."""

    TYPE = "slipway.subscriptions.plan-unmapped.v1"

    price_id: str | None
    product_name: str | None = None


class NotVpsRecognised(SubscriptionEvent):
    """`plans.yaml` says that the price is for no VPS. No task and no incident follow."""

    TYPE = "slipway.subscriptions.not-vps.v1"


class SubscriptionNotUnderstood(SubscriptionEvent):
    """A status, quantity or record can't be understood.

    Nothing changes, and operators are notified.
    """

    TYPE = "slipway.subscriptions.not-understood.v1"

    field: str
    problem: str


class EntitlementCheckRequested(SubscriptionEvent):
    """The provisioner requested a confirmation. Ingest is reading GHL's record."""

    TYPE = "slipway.subscriptions.check-requested.v1"

    vps_id: str
    kind: OperationKind = OperationKind.DELETE
    """The operation that needs the confirmation."""
    nonce: str
    requested_at: AwareDatetime


class CheckAnswer(StrEnum):
    """Result of comparing GHL's record with the operation that needs the confirmation."""

    CONFIRMED = "confirmed"
    """The record requires the operation."""
    CONTRADICTED = "contradicted"
    """The record requires something else."""
    UNKNOWN = "unknown"
    """GHL did not show the record, or its meaning is not clear."""


class EntitlementChecked(SubscriptionEvent):
    """Ingest has read GHL's record to confirm or reject an operation (H3, H33).

    The entitlement is from this read. The provisioner applies it before it uses the answer.
    """

    TYPE = "slipway.subscriptions.checked.v2"

    vps_id: str
    kind: OperationKind
    """The operation that the request named."""
    nonce: str
    answer: CheckAnswer


class RecordReadRequested(SubscriptionEvent):
    """An admin asked for the record to be read from GHL now."""

    TYPE = "slipway.subscriptions.read-requested.v1"

    command_id: str
    actor: str
    requested_at: AwareDatetime


class RecordRead(SubscriptionEvent):
    """The read that an admin asked for is done.

    If the record changed, the event before this one says so.
    """

    TYPE = "slipway.subscriptions.read.v1"

    command_id: str
    found: bool
    """False if GHL returned no such record. This does not prove that the subscription has ended."""
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
    """Version of the Vps event that the values come from. An older version changes nothing."""
    requested_at: AwareDatetime
    """When the write-back became due."""


class WriteBackDone(WriteBackEvent):
    """GHL accepted the values."""

    TYPE = "slipway.subscriptions.write-back-done.v1"

    vps_ip: str
    vps_state: str
    requests: int = 0
    """Number of requests in this stream that are answered by these values."""


class WriteBackFailed(WriteBackEvent):
    """GHL refused the values permanently, for example because the contact is gone."""

    TYPE = "slipway.subscriptions.write-back-failed.v1"

    problem: str
    requests: int = 0
