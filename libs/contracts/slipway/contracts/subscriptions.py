"""Topic `subscriptions`: entitlements derived from GHL's records, and write-backs to GHL.

Every event of a Subscription stream carries the whole entitlement, not only what changed. A
consumer keeps only the newest (epoch, version), so a redrive can't restore an old verdict (H2).
"""

from enum import StrEnum
from typing import Annotated

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from slipway.contracts.envelope import Event


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
    suspend_at: AwareDatetime | None = None
    """Earliest time of a suspension, at the end of the plan's grace. None means immediately."""
    delete_at: AwareDatetime | None = None
    """Earliest time of a deletion, at the end of the plan's hold. The server is powered off until
    then. None means immediately."""
    decided_at: AwareDatetime
    record: RecordFields


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
    """The provisioner requested the confirmation of a deletion. Ingest is reading GHL's record."""

    TYPE = "slipway.subscriptions.check-requested.v1"

    vps_id: str
    nonce: str
    requested_at: AwareDatetime


class CheckAnswer(StrEnum):
    GONE = "gone"
    PAYING = "paying"
    UNKNOWN = "unknown"


class EntitlementChecked(SubscriptionEvent):
    """Ingest has read GHL's record to confirm or reject a deletion. `answer` is the result (H3)."""

    TYPE = "slipway.subscriptions.checked.v1"

    vps_id: str
    nonce: str
    answer: CheckAnswer


class RecordReadRequested(SubscriptionEvent):
    """An admin asked for the record to be read from GHL now."""

    TYPE = "slipway.subscriptions.read-requested.v1"

    command_id: str
    actor: str
    requested_at: AwareDatetime


class RecordRead(SubscriptionEvent):
    """Slipway has read the record from GHL, as an admin asked.

    If the record changed, the previous event of the stream contains the change.
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
