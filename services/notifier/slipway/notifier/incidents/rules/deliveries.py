"""Rules for deliveries that can't be processed (pure)."""

from collections.abc import Iterable
from datetime import datetime

from slipway.contracts import deliveries
from slipway.contracts.ids import location_of, subscription_id
from slipway.contracts.incidents import IncidentCause, Severity
from slipway.notifier.incidents.rules.result import (
    Recovery,
    RuleResult,
    Rules,
    Symptom,
    shared_symptom,
)
from slipway.notifier.message_text import MessageText, sentence

RULES = Rules()


@RULES.on(deliveries.DeliveryQuarantined)
def _quarantined(event: deliveries.DeliveryQuarantined, time: datetime) -> Iterable[RuleResult]:
    yield _read(event)
    if event.cause is deliveries.QuarantineCause.LOCATION_NOT_CONFIGURED:
        yield _location_not_configured(event, time)
        return
    text = MessageText(
        "A webhook from GHL can't be processed",
        sentence(event.reason),
        "Slipway keeps the webhook. It also reads subscriptions from GHL directly. After the "
        "cause is fixed, press Replay on the portal's page Webhooks.",
    )
    yield shared_symptom(
        IncidentCause.DELIVERY_QUARANTINED,
        event.channel,
        event.delivery_id,
        Severity.TODAY,
        time,
        text,
    )


def _location_not_configured(event: deliveries.DeliveryQuarantined, time: datetime) -> Symptom:
    # One location is one incident, however often it calls. Each webhook is a symptom (H36).
    location = event.location_id or "unknown"
    text = MessageText(
        f"A location that Slipway does not serve sends webhooks: {location}",
        sentence(event.reason),
        "Its purchases lead to no server. Add its token to SLIPWAY_INGEST_LOCATIONS and restart "
        "ingest, which then reads its subscriptions; or remove the workflow there.",
    )
    return shared_symptom(
        IncidentCause.LOCATION_NOT_CONFIGURED,
        location,
        event.delivery_id,
        Severity.NOW,
        time,
        text,
    )


@RULES.on(deliveries.DeliveryDelayed)
def _delayed(event: deliveries.DeliveryDelayed, _: datetime) -> Iterable[RuleResult]:
    text = MessageText(
        f"GHL refuses to show subscriptions: location {event.location_id}",
        sentence(event.reason),
        "What these customers bought or cancelled is not done yet. Slipway reads it again every "
        "few minutes for a day. If it lasts, check the subscription in GHL and the workflow.",
    )
    subscription = event.subscription_id
    yield Symptom(
        cause=IncidentCause.RECORD_REFUSED,
        subject=event.location_id,
        affected=event.delivery_id,
        severity=Severity.NOW,
        since=event.since,
        subscription_id=subscription_id(event.location_id, subscription) if subscription else None,
        contact_id=event.contact_id,
        **text.fields(),
    )


def _read(event: deliveries.DeliveryEvent) -> Recovery:
    reason = "GHL shows the record again, or it was given up."
    return Recovery(IncidentCause.RECORD_REFUSED, None, event.delivery_id, reason)


@RULES.on(deliveries.DeliveryApplied, deliveries.DeliveryIgnored)
def _processed(
    event: deliveries.DeliveryApplied | deliveries.DeliveryIgnored, _: datetime
) -> Iterable[RuleResult]:
    yield _read(event)
    if isinstance(event, deliveries.DeliveryApplied):
        for location in {location_of(each) for each in event.subscription_ids}:
            yield Recovery(
                IncidentCause.LOCATION_NOT_CONFIGURED, location, None, "The location is served."
            )
    yield Recovery(
        IncidentCause.DELIVERY_QUARANTINED,
        event.channel,
        event.delivery_id,
        "The webhook was processed.",
    )
