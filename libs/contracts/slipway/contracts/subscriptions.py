"""Topic `subscriptions`: what GHL's own record entitles a customer to, and the write-back to GHL.

Every event of a Subscription stream carries the whole entitlement, never a delta: a consumer that
keeps the newest (epoch, version) needs no history, and a redrive can't revive an old verdict (H2).
"""

from enum import StrEnum
from typing import Annotated

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from slipway.contracts.envelope import Event


class Verdict(StrEnum):
    """What the subscription is entitled to now. Timers stand beside it in the Entitlement."""

    RUNNING = "running"
    SUSPENDED = "suspended"
    ABSENT = "absent"
    UNCHANGED = "unchanged"
    """Not understood, or not yet paid: nothing new is made, nothing that stands is touched."""
    PERSON = "person"
    """Refunded, charged back: a person decides; nothing is touched meanwhile."""


class PlanTerms(BaseModel):
    """What the agency promised with a plan. Durations in seconds."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    grace_seconds: Annotated[int, Field(ge=0)] = 0
    """How long a server stays on after a payment became overdue."""
    hold_seconds: Annotated[int, Field(ge=0)] = 0
    """How long a cancelled server is kept (powered off) before it is deleted."""
    trial: bool = True
    """Whether a trial gets a running server."""
    test: bool = False
    """Whether test-mode purchases get one."""


class Snapshot(BaseModel):
    """The facts of GHL's record as last read by id; the poller compares against them."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    status: str
    """GHL's word, trimmed and lower-cased."""
    amount: str | None = None
    currency: str | None = None
    price_id: str | None = None
    order_id: str | None = None
    created_at: AwareDatetime | None = None
    updated_at: AwareDatetime | None = None
    canceled_at: AwareDatetime | None = None
    live: bool = True


class Entitlement(BaseModel):
    """The whole answer for one subscription at one version of its stream."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    subscription_id: str
    location_id: str
    contact_id: str | None = None
    verdict: Verdict
    reason: str
    """One sentence for people: why this verdict."""
    plan: str | None = None
    terms: PlanTerms | None = None
    quantity: Annotated[int, Field(ge=1)] | None = None
    """How many VPSs; None where it isn't understood, and then nothing changes (H16)."""
    started_at: AwareDatetime | None = None
    """GHL's own time of the start: what provisioning time is measured from."""
    changed_at: AwareDatetime | None = None
    """GHL's own time of the change that led to this verdict."""
    suspend_at: AwareDatetime | None = None
    """Verdict suspended: not before this time (grace). None: at once."""
    delete_at: AwareDatetime | None = None
    """Verdict absent: not before this time (hold); switched off meanwhile. None: at once."""
    decided_at: AwareDatetime
    snapshot: Snapshot


class SubscriptionEvent(Event):
    """Base of the Subscription stream's events."""

    entitlement: Entitlement


class EntitlementGranted(SubscriptionEvent):
    """The customer pays (or is on a trial the plan gives): running."""

    TYPE = "slipway.subscriptions.granted.v1"


class EntitlementSuspended(SubscriptionEvent):
    """Overdue, unpaid or paused: switched off, after the plan's grace."""

    TYPE = "slipway.subscriptions.suspended.v1"


class EntitlementEnded(SubscriptionEvent):
    """Cancelled or expired: gone, after the plan's hold."""

    TYPE = "slipway.subscriptions.ended.v1"


class EntitlementWithheld(SubscriptionEvent):
    """Nothing new yet: pending, scheduled, failed first payment, trial or test not in the plan."""

    TYPE = "slipway.subscriptions.withheld.v1"


class EntitlementReferred(SubscriptionEvent):
    """Refunded or charged back: a person decides."""

    TYPE = "slipway.subscriptions.referred.v1"


class PlanUnmapped(SubscriptionEvent):
    """A price nobody mapped, on a subscription that pays: an incident, never silence (H30)."""

    TYPE = "slipway.subscriptions.plan-unmapped.v1"

    price_id: str | None
    product_name: str | None = None


class NotVpsRecognised(SubscriptionEvent):
    """The price is listed as not a VPS: no task, no incident."""

    TYPE = "slipway.subscriptions.not-vps.v1"


class SubscriptionNotUnderstood(SubscriptionEvent):
    """A status, quantity or record we can't read: nothing changes, and a person hears of it."""

    TYPE = "slipway.subscriptions.not-understood.v1"

    field: str
    problem: str


class EntitlementCheckRequested(SubscriptionEvent):
    """The provisioner asked for the second key; the record is being read back."""

    TYPE = "slipway.subscriptions.check-requested.v1"

    vps_id: str
    nonce: str
    requested_at: AwareDatetime


class CheckAnswer(StrEnum):
    GONE = "gone"
    PAYING = "paying"
    UNKNOWN = "unknown"


class EntitlementChecked(SubscriptionEvent):
    """The second key: GHL's record, read back for this nonce by who speaks to GHL (H3)."""

    TYPE = "slipway.subscriptions.checked.v1"

    vps_id: str
    nonce: str
    answer: CheckAnswer
    basis: str = "read-back"
    """`read-back`, or `signed` for the push-only path."""


class RecordReadRequested(SubscriptionEvent):
    """A person asked for the record to be read from GHL now."""

    TYPE = "slipway.subscriptions.read-requested.v1"

    command_id: str
    actor: str
    requested_at: AwareDatetime


class RecordRead(SubscriptionEvent):
    """It was read for that person; what was new stands in the event before this one."""

    TYPE = "slipway.subscriptions.read.v1"

    command_id: str
    found: bool
    """False: GHL shows no such record now, which proves nothing."""
    changed: bool


class WriteBackEvent(Event):
    """Base of the WriteBack stream (`writeback-<location>:<contact>`)."""

    subscription_id: str
    contact_id: str | None
    vps_id: str


class WriteBackRequested(WriteBackEvent):
    """The contact's custom fields should say this."""

    TYPE = "slipway.subscriptions.write-back-requested.v2"

    vps_ip: str
    vps_state: str
    source_epoch: int
    source_version: int
    """Version of the Vps event that proved it; an older one changes nothing."""
    requested_at: AwareDatetime
    """When it fell due."""


class WriteBackDone(WriteBackEvent):
    """GHL took it: the receipt."""

    TYPE = "slipway.subscriptions.write-back-done.v1"

    vps_ip: str
    vps_state: str
    wishes: int = 0
    """How many wishes of this stream these values answer."""


class WriteBackFailed(WriteBackEvent):
    """GHL refused it for good (contact gone, field not writable)."""

    TYPE = "slipway.subscriptions.write-back-failed.v1"

    problem: str
    wishes: int = 0
