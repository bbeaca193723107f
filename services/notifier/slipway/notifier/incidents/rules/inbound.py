"""Pure table for what comes in and goes out: deliveries, subscriptions, dead letters, messages.

`rules` puts it together with `vps_rules`.
"""

from collections.abc import Iterable
from datetime import datetime

from slipway.contracts import dead_letters, deliveries, incidents, subscriptions
from slipway.contracts.deliveries import SilenceCause
from slipway.contracts.incidents import IncidentCause, Severity
from slipway.notifier.incidents.rules import inbound_text as wording
from slipway.notifier.incidents.rules.result import Finding, Recovery, Rules, Symptom, wide
from slipway.notifier.notifications.port import TRIES
from slipway.notifier.notifications.text import Text

RULES = Rules()


@RULES.on(deliveries.DeliveryQuarantined)
def _quarantined(event: deliveries.DeliveryQuarantined, time: datetime) -> Iterable[Finding]:
    text = wording.quarantined(event)
    yield wide(
        IncidentCause.DELIVERY_QUARANTINED,
        event.channel,
        event.delivery_id,
        Severity.TODAY,
        time,
        text,
    )


@RULES.on(deliveries.DeliveryApplied, deliveries.DeliveryIgnored)
def _processed(event: deliveries.DeliveryApplied, _: datetime) -> Iterable[Finding]:
    yield Recovery(
        IncidentCause.DELIVERY_QUARANTINED, event.channel, event.delivery_id, "It was processed."
    )


@RULES.on(deliveries.LocationFellSilent)
def _silent(event: deliveries.LocationFellSilent, _: datetime) -> Iterable[Finding]:
    location = event.location_id
    if event.cause is SilenceCause.API_UNREACHABLE:
        # GHL is down for every location at once: one cause, one incident.
        text = wording.ghl_unreachable(event)
        yield wide(IncidentCause.GHL_UNREACHABLE, "ghl", location, Severity.NOW, event.since, text)
        return
    severity = Severity.TODAY if event.cause is SilenceCause.NO_DELIVERIES else Severity.NOW
    yield wide(
        IncidentCause.LOCATION_SILENT,
        location,
        location,
        severity,
        event.since,
        wording.silent(event),
    )


@RULES.on(deliveries.LocationSilenceEnded)
def _heard(event: deliveries.LocationSilenceEnded, _: datetime) -> Iterable[Finding]:
    yield Recovery(
        IncidentCause.LOCATION_SILENT, event.location_id, None, "The location is heard again."
    )
    yield Recovery(IncidentCause.GHL_UNREACHABLE, "ghl", event.location_id, "GHL answers again.")


@RULES.on(dead_letters.DeadLetterOpened)
def _dead_letter(event: dead_letters.DeadLetterOpened, time: datetime) -> Iterable[Finding]:
    text = wording.dead_letter(event)
    yield wide(
        IncidentCause.DEAD_LETTER, event.consumer, event.dead_letter_id, Severity.NOW, time, text
    )


@RULES.on(dead_letters.DeadLetterClosed)
def _dead_letter_closed(event: dead_letters.DeadLetterClosed, _: datetime) -> Iterable[Finding]:
    yield Recovery(
        IncidentCause.DEAD_LETTER, event.consumer, event.dead_letter_id, "Nothing waits any more."
    )


@RULES.on(incidents.NotificationFailedOver)
def _fell_over(event: incidents.NotificationFailedOver, time: datetime) -> Iterable[Finding]:
    text = wording.fell_over(event)
    yield wide(IncidentCause.CHANNEL_DOWN, event.channel, event.channel, Severity.TODAY, time, text)


@RULES.on(incidents.NotificationFailed)
def _last_channel_failed(event: incidents.NotificationFailed, time: datetime) -> Iterable[Finding]:
    # With a further channel it falls over; without one the portal alone can show it.
    if event.retry_at is not None and event.attempt >= TRIES:
        text = wording.last_channel_failed(event)
        yield wide(
            IncidentCause.CHANNEL_DOWN, event.channel, event.channel, Severity.TODAY, time, text
        )


@RULES.on(incidents.NotificationSent)
def _sent(event: incidents.NotificationSent, _: datetime) -> Iterable[Finding]:
    yield Recovery(IncidentCause.CHANNEL_DOWN, event.channel, None, "Messages get through again.")


_CLEAR = "GHL's record is clear again."


def _about_subscription(
    event: subscriptions.SubscriptionEvent, time: datetime, cause: IncidentCause, text: Text
) -> Symptom:
    entitlement = event.entitlement
    return Symptom(
        cause=cause,
        subject=entitlement.subscription_id,
        affected=entitlement.subscription_id,
        severity=Severity.TODAY,
        since=time,
        subscription_id=entitlement.subscription_id,
        contact_id=entitlement.contact_id,
        plan=entitlement.plan,
        **text.fields(),
    )


def _no_longer(event: subscriptions.SubscriptionEvent, *causes: IncidentCause) -> Iterable[Finding]:
    # Whatever its subject: the customer may have moved from one unknown price to another.
    for cause in causes:
        yield Recovery(cause, None, event.entitlement.subscription_id, _CLEAR)


@RULES.on(subscriptions.PlanUnmapped)
def _unmapped(event: subscriptions.PlanUnmapped, time: datetime) -> Iterable[Finding]:
    # One price is one incident, however many bought it; each buyer is a symptom (H30).
    entitlement = event.entitlement
    yield from _no_longer(event, IncidentCause.SUBSCRIPTION_NOT_UNDERSTOOD, IncidentCause.REFUND)
    yield Symptom(
        cause=IncidentCause.PLAN_UNMAPPED,
        subject=event.price_id or entitlement.subscription_id,
        affected=entitlement.subscription_id,
        severity=Severity.NOW,
        since=time,
        subscription_id=entitlement.subscription_id,
        contact_id=entitlement.contact_id,
        **wording.unmapped(event).fields(),
    )


@RULES.on(subscriptions.SubscriptionNotUnderstood)
def _not_understood(
    event: subscriptions.SubscriptionNotUnderstood, time: datetime
) -> Iterable[Finding]:
    yield _about_subscription(
        event, time, IncidentCause.SUBSCRIPTION_NOT_UNDERSTOOD, wording.not_understood(event)
    )


@RULES.on(subscriptions.EntitlementReferred)
def _referred(event: subscriptions.EntitlementReferred, time: datetime) -> Iterable[Finding]:
    yield from _no_longer(
        event, IncidentCause.SUBSCRIPTION_NOT_UNDERSTOOD, IncidentCause.PLAN_UNMAPPED
    )
    yield _about_subscription(event, time, IncidentCause.REFUND, wording.referred(event))


@RULES.on(
    subscriptions.EntitlementGranted,
    subscriptions.EntitlementSuspended,
    subscriptions.EntitlementEnded,
    subscriptions.EntitlementWithheld,
    subscriptions.NotVpsRecognised,
)
def _understood(event: subscriptions.SubscriptionEvent, _: datetime) -> Iterable[Finding]:
    yield from _no_longer(
        event,
        IncidentCause.SUBSCRIPTION_NOT_UNDERSTOOD,
        IncidentCause.REFUND,
        IncidentCause.PLAN_UNMAPPED,
    )


@RULES.on(subscriptions.WriteBackFailed)
def _write_back(event: subscriptions.WriteBackFailed, time: datetime) -> Iterable[Finding]:
    yield Symptom(
        cause=IncidentCause.WRITE_BACK_FAILED,
        subject=event.subscription_id,
        affected=event.subscription_id,
        severity=Severity.TODAY,
        since=time,
        subscription_id=event.subscription_id,
        contact_id=event.contact_id,
        **wording.write_back(event).fields(),
    )


@RULES.on(subscriptions.WriteBackDone)
def _written(event: subscriptions.WriteBackDone, _: datetime) -> Iterable[Finding]:
    yield Recovery(IncidentCause.WRITE_BACK_FAILED, event.subscription_id, None, "GHL took it.")
