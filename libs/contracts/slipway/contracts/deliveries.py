"""Topic `deliveries`: the result of each webhook, and the locations that fell silent.

The stream of a delivery is `delivery-<channel>:<webhookId>`. If GHL sent no id, the stream is
`delivery-<topic>/<partition>/<offset>`, because the same workflow body may be sent again for a new
change (H8).
"""

from enum import StrEnum

from pydantic import AwareDatetime, BaseModel, ConfigDict

from slipway.contracts.envelope import Event


class DeliveryChannel(StrEnum):
    SIGNED = "signed"
    """A marketplace webhook with an Ed25519 signature."""
    WORKFLOW = "workflow"
    """A workflow action with a shared secret."""
    POLL = "poll"
    """A change that the poller found in GHL's list. No webhook arrived for it."""


class IgnoreRule(StrEnum):
    """Why a delivery needs no further work. Such a delivery counts as processed.

    The portal shows the value.
    """

    UNKNOWN_LOCATION = "unknown location"
    PATH_NOT_ENABLED = "path not enabled"
    EVENT_NOT_USED = "event type not used"
    NOT_A_SUBSCRIPTION = "order without a recurring item"
    INVOICE_NOT_SETTLED = "invoice neither paid nor void"
    NO_VPS_TAG = "no tag about a VPS"
    NO_SUBSCRIPTION = "no subscription found"


class RawRef(BaseModel):
    """Position of a raw body in Kafka. Events refer to raw bodies and never contain them (H9)."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    topic: str
    partition: int
    offset: int


class Hint(BaseModel):
    """Names a record to read from GHL. Contact and order only help to find the record (H7)."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    location_id: str
    subscription_id: str | None = None
    """GHL's `_id` as the caller claims it. It is trusted only after the API has returned it."""
    order_id: str | None = None
    contact_id: str | None = None
    claimed_status: str | None = None
    """The status that the caller claims. GHL's API lags behind its webhooks, so the worker reads
    the record again until it shows this status."""


class DeliveryEvent(Event):
    delivery_id: str
    channel: DeliveryChannel


class DeliveryReceived(DeliveryEvent):
    """A webhook was received and parsed. Appended before its Kafka offset is committed (H1).

    At most one of `hints`, `ignore_rule` and `quarantine_reason` is set.
    """

    TYPE = "slipway.deliveries.received.v1"

    event_type: str | None
    """GHL's `type`; None for workflow calls."""
    location_id: str | None
    webhook_id: str | None
    received_at: AwareDatetime
    """When the edge accepted the body."""
    sent_at: AwareDatetime | None = None
    """GHL's own timestamp, if the body has one."""
    raw: RawRef | None
    size_bytes: int = 0
    hints: tuple[Hint, ...] = ()
    ignore_rule: IgnoreRule | None = None
    """Why the parser found nothing to do, if it found nothing."""
    quarantine_reason: str | None = None
    """Why the parser could not read the body. Names the field and the fix."""


class DeliveryApplied(DeliveryEvent):
    """Every subscription that the hints name was read from GHL, and its stream is up to date."""

    TYPE = "slipway.deliveries.applied.v1"

    subscription_ids: tuple[str, ...]
    changed: bool
    """Whether a record changed. If it did and the channel is `poll`, the webhooks missed the
    change."""


class DeliveryIgnored(DeliveryEvent):
    TYPE = "slipway.deliveries.ignored.v1"

    rule: IgnoreRule


class QuarantineCause(StrEnum):
    UNREADABLE = "unreadable"
    """The body, or the record that it names, can't be read."""
    LOCATION_NOT_CONFIGURED = "location-not-configured"
    """A location called with our secret, and Slipway does not serve it."""


class DeliveryQuarantined(DeliveryEvent):
    """The body is authentic but can't be processed.

    The portal shows it, and an admin may replay it.
    """

    TYPE = "slipway.deliveries.quarantined.v1"

    reason: str
    cause: QuarantineCause = QuarantineCause.UNREADABLE
    location_id: str | None = None


class DeliveryDelayed(DeliveryEvent):
    """GHL has refused for some minutes to show the record. It is read again with back-off (H35)."""

    TYPE = "slipway.deliveries.delayed.v1"

    location_id: str
    subscription_id: str | None = None
    """GHL's `_id`, as the caller claims it."""
    contact_id: str | None = None
    reason: str
    since: AwareDatetime
    next_read_at: AwareDatetime


class DeliveryReplayed(DeliveryEvent):
    """The raw body was parsed again, as an admin asked. The fields contain the new result."""

    TYPE = "slipway.deliveries.replayed.v1"

    command_id: str
    hints: tuple[Hint, ...] = ()
    ignore_rule: IgnoreRule | None = None
    quarantine_reason: str | None = None


class SilenceCause(StrEnum):
    NO_DELIVERIES = "no-deliveries"
    """No webhook arrived for longer than the location's expected interval."""
    API_UNREACHABLE = "api-unreachable"
    TOKEN_REFUSED = "token-refused"  # noqa: S105 - the name of a cause, not a secret
    RATE_LIMITED = "rate-limited"
    """GHL has answered 429 for some minutes: its limit or the day's quota is used up."""
    LIST_NOT_UNDERSTOOD = "list-not-understood"
    """The poller can't read some rows of the location's list."""


class LocationFellSilent(Event):
    """A location sends no webhooks, or the poller can't read it. Stream: `silence-<location>`."""

    TYPE = "slipway.deliveries.location-silent.v1"

    location_id: str
    since: AwareDatetime
    cause: SilenceCause


class LocationSilenceEnded(Event):
    TYPE = "slipway.deliveries.location-silence-ended.v1"

    location_id: str
    silent_seconds: float
