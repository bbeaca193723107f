"""Topics `incidents` and `probes`: the events of the notifier.

Its streams are expectations, incidents, notifications and probes of the portal.
"""

from enum import StrEnum

from pydantic import AwareDatetime, BaseModel, ConfigDict

from slipway.contracts.envelope import Event
from slipway.contracts.vps import Desired, OperationKind, SourceVersion


class Severity(StrEnum):
    NOW = "now"
    TODAY = "today"


class IncidentCause(StrEnum):
    """Every cause that an incident can have. `docs/operations.md` says what to do for each."""

    CREATE_FAILED = "create-failed"
    DELETE_FAILED = "delete-failed"
    SUSPEND_FAILED = "suspend-failed"
    RESUME_FAILED = "resume-failed"
    DRIFT = "drift"
    QUANTITY_DECREASE = "quantity-decrease"
    ORPHANED_SERVER = "orphaned-server"
    ACCOUNT_PAUSED = "account-paused"
    ACCOUNT_PROOF_FAILED = "account-proof-failed"
    SAFETY_BRAKE = "safety-brake"
    PLAN_UNMAPPED = "plan-unmapped"
    SUBSCRIPTION_NOT_UNDERSTOOD = "subscription-not-understood"
    REFUND = "refund"
    ENTITLEMENT_LAPSED = "entitlement-lapsed"
    RECORD_MISSING = "record-missing"
    RECORD_REFUSED = "record-refused"
    IMPOSSIBLE_DATE = "impossible-date"
    WRITE_BACK_FAILED = "write-back-failed"
    DELIVERY_QUARANTINED = "delivery-quarantined"
    LOCATION_NOT_CONFIGURED = "location-not-configured"
    LOCATION_SILENT = "location-silent"
    GHL_UNREACHABLE = "ghl-unreachable"
    SIGNATURES_REFUSED = "signatures-refused"
    WEBHOOK_TOO_LARGE = "webhook-too-large"
    DEAD_LETTER = "dead-letter"
    HEARTBEAT_MISSING = "heartbeat-missing"
    SERVICE_UNHEALTHY = "service-unhealthy"
    STEP_FAILING = "step-failing"
    CLOCK_SKEW = "clock-skew"
    PORTAL_DOWN = "portal-down"
    CHANNEL_DOWN = "channel-down"


class Occasion(StrEnum):
    """Why a notification is sent."""

    OPENED = "opened"
    GREW = "grew"
    REMINDER = "reminder"
    RESOLVED = "resolved"


class AffectedCustomer(BaseModel):
    """A customer affected by an incident. It has only ids, because events contain no names."""

    model_config = ConfigDict(frozen=True)

    subscription_id: str
    contact_id: str | None = None


class ExpectationEvent(Event):
    expectation_id: str
    """`<vps id>/<kind>`."""
    subscription_id: str
    vps_id: str
    kind: OperationKind


class ExpectationOpened(ExpectationEvent):
    """The notifier expects a change of a VPS to be confirmed at the provider by `due_by`."""

    TYPE = "slipway.incidents.expectation-opened.v1"

    plan: str | None = None
    contact_id: str | None = None
    due_by: AwareDatetime
    delete_by: AwareDatetime | None = None
    """Set for a suspension during the plan's hold. The later deletion must be confirmed by this
    time."""


class ProvenStateNoted(Event):
    """A read at the provider confirmed that this VPS is running, suspended or absent."""

    TYPE = "slipway.incidents.proven-state-noted.v1"

    vps_id: str
    proven: Desired
    source: SourceVersion | None = None
    """Version of the newest entitlement that the provisioner had applied at that time. With it, the
    result does not depend on whether topic `subscriptions` or `vps` is read first."""


class ExpectationMet(ExpectationEvent):
    TYPE = "slipway.incidents.expectation-met.v1"


class ExpectationMissed(ExpectationEvent):
    """The change was not confirmed in time, for example because the provisioner is down."""

    TYPE = "slipway.incidents.expectation-missed.v1"


class ExpectationDropped(ExpectationEvent):
    """The change is no longer expected, or an admin blocks it."""

    TYPE = "slipway.incidents.expectation-dropped.v1"

    held_back: bool = False
    """True if an admin blocks the change by mode `observe` or by a hold on the VPS. The change may
    be expected again later."""


class IncidentEvent(Event):
    incident_id: str
    """`<hash of cause and subject>.<number of the occurrence>`."""


class IncidentOpened(IncidentEvent):
    """The first symptom of a cause appeared. Further symptoms are added to this incident."""

    TYPE = "slipway.incidents.opened.v1"

    cause: IncidentCause
    subject: str
    """The id of what the incident is about: a VPS, an account, a price, a location, a service."""
    severity: Severity
    title: str
    explanation: str
    """The cause in a sentence."""
    next_step: str
    """What Slipway does next and when, or what the admin should do."""
    subscription_id: str | None = None
    contact_id: str | None = None
    plan: str | None = None
    since: AwareDatetime
    remind_at: AwareDatetime | None = None
    """When the admins are reminded if no admin acknowledges the incident before."""


class IncidentGrew(IncidentEvent):
    """The number of symptoms passed a threshold, so operators are notified again (H22)."""

    TYPE = "slipway.incidents.grew.v1"

    symptom_count: int
    customers: tuple[AffectedCustomer, ...] = ()
    """The first 20 customers who are affected now."""


class IncidentCounted(IncidentEvent):
    """The number of symptoms changed without a notification."""

    TYPE = "slipway.incidents.counted.v1"

    symptom_count: int
    recount_at: AwareDatetime | None = None
    """When the symptoms are counted again. Until then, changes of the number are not recorded, so
    that ten thousand symptoms are not ten thousand events. None: each change is recorded."""


class IncidentReminded(IncidentEvent):
    TYPE = "slipway.incidents.reminded.v1"

    reminder: int
    remind_at: AwareDatetime
    symptom_count: int | None = None
    customers: tuple[AffectedCustomer, ...] = ()
    """The first 20 customers who are affected now."""


class IncidentAcknowledged(IncidentEvent):
    TYPE = "slipway.incidents.acknowledged.v1"

    command_id: str
    actor: str
    reason: str


class IncidentResolved(IncidentEvent):
    """The cause recovered (`actor` is `slipway`), or an admin resolved the incident."""

    TYPE = "slipway.incidents.resolved.v1"

    actor: str
    reason: str
    symptom_count: int
    """The highest number of symptoms that the incident had at one time."""
    command_id: str | None = None
    """The admin's command; None for a recovery."""


class NotificationEvent(Event):
    notification_id: str
    """`<incident>/<number>/<channel>`."""
    incident_id: str
    channel: str
    occasion: Occasion


class NotificationQueued(NotificationEvent):
    TYPE = "slipway.incidents.notification-queued.v1"

    queued_at: AwareDatetime
    symptom_count: int = 1
    """How many symptoms the incident had when this notification was queued."""
    customers: tuple[AffectedCustomer, ...] = ()
    """The first 20 customers who were affected then. Empty for an incident that just opened."""


class NotificationAttempted(NotificationEvent):
    """An attempt to send the notification started. Appended before the channel is called.

    If a crash loses the result, the next attempt may send the same message again.
    """

    TYPE = "slipway.incidents.notification-attempted.v1"

    attempt: int


class NotificationSent(NotificationEvent):
    """The channel accepted the message. This event is the receipt."""

    TYPE = "slipway.incidents.notification-sent.v1"

    attempt: int
    repeat: bool
    """True if an earlier attempt may have delivered the same message without a receipt (H22)."""


class NotificationFailed(NotificationEvent):
    """An attempt failed. Without `retry_at`, the next channel is used."""

    TYPE = "slipway.incidents.notification-failed.v1"

    attempt: int
    problem: str
    retry_at: AwareDatetime | None = None
    outcome_unknown: bool = False
    """True if the channel may have accepted the message. Then the next attempt is marked as a
    repeat."""


class NotificationFailedOver(NotificationEvent):
    TYPE = "slipway.incidents.notification-failed-over.v1"

    to_channel: str


class ProbeFailure(StrEnum):
    """The reason why a probe of the portal failed."""

    NO_ANSWER = "no-answer"
    ERROR = "error"
    """The portal answered with an error."""
    SLOW = "slow"
    """The portal answered, but too late."""


class ProbeAnswered(Event):
    """The result of probing the portal in one time slot.

    Published on topic `probes`. If several notifiers probe, only one result is recorded.
    """

    TYPE = "slipway.probes.answered.v1"

    slot: AwareDatetime
    slot_seconds: float
    up: bool
    latency_ms: float | None = None
    failure: ProbeFailure | None = None
    """None if the probe succeeded, and in events before this field existed."""
    problem: str | None = None
