"""Rules for deliveries that can't be processed (pure)."""

from collections.abc import Iterable
from datetime import datetime

from slipway.contracts import deliveries
from slipway.contracts.incidents import IncidentCause, Severity
from slipway.notifier.incidents.rules.result import Recovery, RuleResult, Rules, shared_symptom
from slipway.notifier.message_text import MessageText, sentence

RULES = Rules()


@RULES.on(deliveries.DeliveryQuarantined)
def _quarantined(event: deliveries.DeliveryQuarantined, time: datetime) -> Iterable[RuleResult]:
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


@RULES.on(deliveries.DeliveryApplied, deliveries.DeliveryIgnored)
def _processed(
    event: deliveries.DeliveryApplied | deliveries.DeliveryIgnored, _: datetime
) -> Iterable[RuleResult]:
    yield Recovery(
        IncidentCause.DELIVERY_QUARANTINED,
        event.channel,
        event.delivery_id,
        "The webhook was processed.",
    )
