"""Pure table for what comes in and goes out: deliveries, subscriptions, dead letters, messages.

`rules` puts it together with `vps_rules`.
"""

from collections.abc import Iterable
from datetime import datetime

from slipway.contracts import dead_letters, deliveries, incidents, subscriptions
from slipway.contracts.incidents import Severity
from slipway.notifier import wording
from slipway.notifier.findings import Finding, Recovery, Rules, Symptom, wide

RULES = Rules()


@RULES.on(deliveries.DeliveryQuarantined)
def _quarantined(event: deliveries.DeliveryQuarantined, time: datetime) -> Iterable[Finding]:
    text = wording.quarantined(event)
    yield wide("quarantine", event.channel, event.delivery_id, Severity.TODAY, time, text)


@RULES.on(deliveries.DeliveryApplied, deliveries.DeliveryIgnored)
def _processed(event: deliveries.DeliveryApplied, _: datetime) -> Iterable[Finding]:
    yield Recovery("quarantine", event.channel, event.delivery_id, "It was processed.")


@RULES.on(deliveries.LocationFellSilent)
def _silent(event: deliveries.LocationFellSilent, time: datetime) -> Iterable[Finding]:
    severity = Severity.TODAY if event.cause == "no-deliveries" else Severity.NOW
    text = wording.silent(event)
    yield wide("silence", event.location_id, event.location_id, severity, time, text)


@RULES.on(deliveries.LocationHeardAgain)
def _heard(event: deliveries.LocationHeardAgain, _: datetime) -> Iterable[Finding]:
    yield Recovery("silence", event.location_id, None, "The location is heard again.")


@RULES.on(dead_letters.DeadLetterOpened)
def _dead_letter(event: dead_letters.DeadLetterOpened, time: datetime) -> Iterable[Finding]:
    text = wording.dead_letter(event)
    yield wide("dead-letter", event.consumer, event.dead_letter_id, Severity.NOW, time, text)


@RULES.on(dead_letters.DeadLetterClosed)
def _dead_letter_closed(event: dead_letters.DeadLetterClosed, _: datetime) -> Iterable[Finding]:
    yield Recovery("dead-letter", event.consumer, event.dead_letter_id, "Nothing waits any more.")


@RULES.on(incidents.NotificationFellOver)
def _fell_over(event: incidents.NotificationFellOver, time: datetime) -> Iterable[Finding]:
    text = wording.fell_over(event)
    yield wide("channel-down", event.channel, event.channel, Severity.TODAY, time, text)


@RULES.on(incidents.NotificationSent)
def _sent(event: incidents.NotificationSent, _: datetime) -> Iterable[Finding]:
    yield Recovery("channel-down", event.channel, None, "The channel takes messages again.")


def _about_subscription(
    event: subscriptions.SubscriptionEvent, time: datetime, cause: str, text: wording.Text
) -> Symptom:
    entitlement = event.entitlement
    return Symptom(
        cause=cause,
        scope=entitlement.subscription_id,
        subject=entitlement.subscription_id,
        severity=Severity.TODAY,
        since=time,
        subscription_id=entitlement.subscription_id,
        contact_id=entitlement.contact_id,
        plan=entitlement.plan,
        **text.fields(),
    )


@RULES.on(subscriptions.PlanUnmapped)
def _unmapped(event: subscriptions.PlanUnmapped, time: datetime) -> Iterable[Finding]:
    # One price is one incident, however many bought it; each buyer is a symptom (H30).
    price = event.price_id or event.entitlement.subscription_id
    text = wording.unmapped(event)
    subject = event.entitlement.subscription_id
    yield wide("plan-unmapped", price, subject, Severity.NOW, time, text)


@RULES.on(subscriptions.SubscriptionNotUnderstood)
def _not_understood(
    event: subscriptions.SubscriptionNotUnderstood, time: datetime
) -> Iterable[Finding]:
    yield _about_subscription(event, time, "not-understood", wording.not_understood(event))


@RULES.on(subscriptions.EntitlementReferred)
def _referred(event: subscriptions.EntitlementReferred, time: datetime) -> Iterable[Finding]:
    yield _about_subscription(event, time, "refund", wording.referred(event))


@RULES.on(
    subscriptions.EntitlementGranted,
    subscriptions.EntitlementSuspended,
    subscriptions.EntitlementEnded,
    subscriptions.NotVpsRecognised,
)
def _understood(event: subscriptions.SubscriptionEvent, _: datetime) -> Iterable[Finding]:
    subject = event.entitlement.subscription_id
    reason = "GHL's record is clear again."
    yield Recovery("not-understood", subject, None, reason)
    yield Recovery("refund", subject, None, reason)
    price = event.entitlement.snapshot.price_id
    if price is not None:
        yield Recovery("plan-unmapped", price, subject, "The price is mapped now.")


@RULES.on(subscriptions.WriteBackFailed)
def _write_back(event: subscriptions.WriteBackFailed, time: datetime) -> Iterable[Finding]:
    yield Symptom(
        cause="write-back",
        scope=event.subscription_id,
        subject=event.subscription_id,
        severity=Severity.TODAY,
        since=time,
        subscription_id=event.subscription_id,
        contact_id=event.contact_id,
        **wording.write_back(event).fields(),
    )


@RULES.on(subscriptions.WriteBackDone)
def _written(event: subscriptions.WriteBackDone, _: datetime) -> Iterable[Finding]:
    yield Recovery("write-back", event.subscription_id, None, "GHL took it.")
