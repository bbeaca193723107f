"""Topics `incidents` and `probes`: what went wrong, who was told, does the portal answer."""

from enum import StrEnum

from pydantic import AwareDatetime

from slipway.contracts.envelope import Event
from slipway.contracts.vps import Desired, SourceVersion


class Severity(StrEnum):
    NOW = "now"
    TODAY = "today"


class ExpectationEvent(Event):
    expectation_id: str
    """`<vps id>/<kind>`."""
    subscription_id: str
    vps_id: str
    kind: str
    """`create`, `delete`, `suspend`, `resume`."""


class ExpectationOpened(ExpectationEvent):
    """This should be proven by then."""

    TYPE = "slipway.incidents.expectation-opened.v1"

    plan: str | None = None
    contact_id: str | None = None
    due_by: AwareDatetime
    delete_by: AwareDatetime | None = None
    """A suspension during a hold: by when the deletion that follows it should be proven."""


class ProvenStateNoted(Event):
    """The notifier learnt what the provisioner proved of this VPS: running, suspended or absent."""

    TYPE = "slipway.incidents.proven-state-noted.v1"

    vps_id: str
    proven: Desired
    source: SourceVersion | None = None
    """The newest entitlement that the provisioner had taken when it proved this: with it known, the
    order in which two topics are read makes no difference."""


class ExpectationMet(ExpectationEvent):
    TYPE = "slipway.incidents.expectation-met.v1"


class ExpectationMissed(ExpectationEvent):
    """It is past due, whoever is to blame: a dead provisioner counts too."""

    TYPE = "slipway.incidents.expectation-missed.v1"


class ExpectationDropped(ExpectationEvent):
    """No longer wanted, or held back."""

    TYPE = "slipway.incidents.expectation-dropped.v1"

    held_back: bool = False
    """A person's decision stands in its way for now: observe mode, a hold. It may come again."""


class IncidentEvent(Event):
    incident_id: str
    """Hash of cause and scope, with the number of the occurrence."""


class IncidentOpened(IncidentEvent):
    """One cause, many symptoms."""

    TYPE = "slipway.incidents.opened.v1"

    cause: str
    """`parked`, `overdue-create`, `scope-paused`, `plan-unmapped`, `quarantine`, `brake`, …"""
    scope: str
    """What it is about: a VPS id, a scope id, a service, a location."""
    severity: Severity
    title: str
    explanation: str
    """The cause in a sentence."""
    next_step: str
    """What happens next, and when; or what the reader should do."""
    subscription_id: str | None = None
    contact_id: str | None = None
    plan: str | None = None
    since: AwareDatetime
    remind_at: AwareDatetime | None = None
    """When to remind people, unless somebody acknowledges it before."""


class IncidentGrew(IncidentEvent):
    """Announced again at thresholds (H22)."""

    TYPE = "slipway.incidents.grew.v1"

    symptoms: int


class IncidentReminded(IncidentEvent):
    TYPE = "slipway.incidents.reminded.v1"

    reminder: int
    remind_at: AwareDatetime


class IncidentAcknowledged(IncidentEvent):
    TYPE = "slipway.incidents.acknowledged.v1"

    command_id: str
    actor: str
    reason: str


class IncidentResolved(IncidentEvent):
    """Over, by recovery (`actor` is slipway) or because a person says so."""

    TYPE = "slipway.incidents.resolved.v1"

    actor: str
    reason: str
    symptoms: int
    command_id: str | None = None
    """The person's command; None for a recovery."""


class NotificationEvent(Event):
    notification_id: str
    """`<incident>/<number>/<channel>`."""
    incident_id: str
    channel: str
    occasion: str
    """`opened`, `grew`, `reminder`, `resolved`."""


class NotificationQueued(NotificationEvent):
    TYPE = "slipway.incidents.notification-queued.v1"

    queued_at: AwareDatetime
    symptoms: int = 1
    """How many symptoms the incident had when this was said."""


class NotificationAttempted(NotificationEvent):
    """Appended before the channel is called; a second one means that a repeat is marked as such."""

    TYPE = "slipway.incidents.notification-attempted.v1"

    attempt: int


class NotificationSent(NotificationEvent):
    """The channel took it: the receipt."""

    TYPE = "slipway.incidents.notification-sent.v1"

    attempt: int
    repeat: bool
    """We may have sent the same number before and died before the receipt (H22)."""


class NotificationFailed(NotificationEvent):
    """This try failed; `retry_at` None: given up, the next channel takes over."""

    TYPE = "slipway.incidents.notification-failed.v1"

    attempt: int
    problem: str
    retry_at: AwareDatetime | None = None
    in_doubt: bool = False
    """The channel may have taken it all the same: the next try is marked as a repeat."""


class NotificationFailedOver(NotificationEvent):
    TYPE = "slipway.incidents.notification-failed-over.v1"

    to_channel: str


class ProbeAnswered(Event):
    """Topic `probes`: one verdict per time slot, however many probers run."""

    TYPE = "slipway.probes.answered.v1"

    slot: AwareDatetime
    slot_seconds: float
    up: bool
    latency_ms: float | None = None
    problem: str | None = None
