"""Topic `deliveries`: what became of each webhook, and how the poller fares.

A Delivery is `delivery-<channel>:<webhookId>`, or `delivery-<topic>/<partition>/<offset>` where GHL
gives no id: the same workflow body an hour later is a new fact (H8).
"""

from enum import StrEnum

from pydantic import AwareDatetime, BaseModel, ConfigDict

from slipway.contracts.envelope import Event


class Channel(StrEnum):
    SIGNED = "signed"
    """Marketplace webhook with an Ed25519 signature."""
    WORKFLOW = "workflow"
    """Workflow action with a shared secret."""
    POLL = "poll"
    """Found by the poller: inferred, nobody sent it."""


class RawRef(BaseModel):
    """Where the raw body lies in Kafka. Bodies are referenced, never embedded (H9)."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    topic: str
    partition: int
    offset: int


class Hint(BaseModel):
    """What a delivery says to look at. Contact and order are search keys, never identities (H7)."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    location_id: str
    subscription_id: str | None = None
    """GHL's `_id` as the caller claims it; believed only once the API returns it."""
    order_id: str | None = None
    contact_id: str | None = None
    claimed_status: str | None = None
    """What the caller says happened; while the record doesn't show it yet, look again (API lag)."""


class DeliveryEvent(Event):
    delivery_id: str
    channel: Channel


class DeliveryReceived(DeliveryEvent):
    """Stored before the Kafka offset is committed (H1)."""

    TYPE = "slipway.deliveries.received.v1"

    event_type: str | None
    """GHL's `type`, or None for workflow calls."""
    location_id: str | None
    webhook_id: str | None
    received_at: AwareDatetime
    """When our edge took it."""
    sent_at: AwareDatetime | None = None
    """GHL's own timestamp, where there is one."""
    raw: RawRef | None
    size_bytes: int = 0
    hints: tuple[Hint, ...] = ()
    ignore_rule: str | None = None
    """Set when the translation found nothing to do: the rule that says so."""
    quarantine_reason: str | None = None
    """Set when the translation couldn't read it: the field and the cure."""


class DeliveryApplied(DeliveryEvent):
    """Every subscription it names was read back and its stream is up to date."""

    TYPE = "slipway.deliveries.applied.v1"

    subscription_ids: tuple[str, ...]
    changed: bool
    """Whether anything was new. For the poll channel: a change that webhooks missed."""


class DeliveryIgnored(DeliveryEvent):
    TYPE = "slipway.deliveries.ignored.v1"

    rule: str


class DeliveryQuarantined(DeliveryEvent):
    """Authentic, but it can't be processed; kept, shown, and a person can replay it."""

    TYPE = "slipway.deliveries.quarantined.v1"

    reason: str


class DeliveryReplayed(DeliveryEvent):
    """A person had it read again from its raw body."""

    TYPE = "slipway.deliveries.replayed.v1"

    command_id: str
    hints: tuple[Hint, ...] = ()
    ignore_rule: str | None = None
    quarantine_reason: str | None = None


class LocationFellSilent(Event):
    """No delivery for longer than this location's rhythm, or the poller can't read it."""

    TYPE = "slipway.deliveries.location-silent.v1"

    location_id: str
    since: AwareDatetime
    cause: str
    """`no-deliveries`, `api-unreachable`, `token-refused`, `list-not-understood`."""


class LocationSilenceEnded(Event):
    TYPE = "slipway.deliveries.location-silence-ended.v1"

    location_id: str
    silent_seconds: float
