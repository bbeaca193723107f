"""Topic `subscriptions`: entitlements derived from GHL's records, and write-backs to GHL.

Every event of a Subscription stream carries the whole entitlement, not only what changed. A
consumer keeps only the newest (epoch, version), so a redrive can't restore an old verdict (H2).
"""

from enum import StrEnum

from pydantic import AwareDatetime

from slipway.contracts.entitlement import (
    EndOfPlan,
    Entitlement,
    PlanTerms,
    RecordFields,
    SkippedDate,
    Verdict,
)
from slipway.contracts.envelope import Event
from slipway.contracts.write_back import (
    WriteBackDone,
    WriteBackEvent,
    WriteBackFailed,
    WriteBackRequested,
)

__all__ = [
    "CheckAnswer",
    "EndOfPlan",
    "Entitlement",
    "EntitlementCheckRequested",
    "EntitlementChecked",
    "EntitlementEnded",
    "EntitlementGranted",
    "EntitlementLapsed",
    "EntitlementReferred",
    "EntitlementSuspended",
    "EntitlementWithheld",
    "NotVpsRecognised",
    "PlanTerms",
    "PlanUnmapped",
    "RecordFields",
    "RecordNotShown",
    "RecordRead",
    "RecordReadRequested",
    "SkippedDate",
    "SubscriptionEvent",
    "SubscriptionNotUnderstood",
    "Verdict",
    "WriteBackDone",
    "WriteBackEvent",
    "WriteBackFailed",
    "WriteBackRequested",
]
from slipway.contracts.vps_values import OperationKind


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


class EntitlementLapsed(SubscriptionEvent):
    """A server may run, and GHL's status no longer entitles to it, for example after a trial.

    GHL does not say that the subscription ended, so an admin decides and nothing changes (H36).
    """

    TYPE = "slipway.subscriptions.lapsed.v1"


class RecordNotShown(SubscriptionEvent):
    """A server may run, and GHL does not show its subscription's record (H36)."""

    TYPE = "slipway.subscriptions.record-not-shown.v1"

    problem: str
    since: AwareDatetime
    read_at: AwareDatetime
    lasting: bool
    """It has lasted for days, so an admin decides. Nothing is destroyed because of it."""


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
    """Slipway has read the record from GHL, as an admin asked.

    If the record changed, the previous event of the stream contains the change.
    """

    TYPE = "slipway.subscriptions.read.v1"

    command_id: str
    found: bool
    """False if GHL returned no such record. This does not prove that the subscription has ended."""
    changed: bool
