"""Rules for notification channels that fail (pure)."""

from collections.abc import Iterable
from datetime import datetime

from slipway.contracts import incidents
from slipway.contracts.incidents import IncidentCause, Severity
from slipway.notifier.incidents.rules.result import Recovery, RuleResult, Rules, shared_symptom
from slipway.notifier.message_text import MessageText, sentence
from slipway.notifier.notifications.port import MAX_ATTEMPTS

RULES = Rules()


@RULES.on(incidents.NotificationFailedOver)
def _failed_over(event: incidents.NotificationFailedOver, time: datetime) -> Iterable[RuleResult]:
    other = event.to_channel
    text = MessageText(
        _title(event.channel),
        f"A message was sent by {other} instead.",
        f"Messages are sent by {other} until {event.channel} works again. Check its address and "
        "its key.",
    )
    yield _channel_down(event.channel, time, text)


@RULES.on(incidents.NotificationFailed)
def _last_channel_failed(
    event: incidents.NotificationFailed, time: datetime
) -> Iterable[RuleResult]:
    # `retry_at` is None if another channel takes over. Else only the portal shows the incident.
    if event.retry_at is not None and event.attempt >= MAX_ATTEMPTS:
        text = MessageText(
            _title(event.channel),
            f"{sentence(event.problem)} No other channel is configured.",
            f"Slipway tries again every minute. Check the address and the key of {event.channel}.",
        )
        yield _channel_down(event.channel, time, text)


def _title(channel: str) -> str:
    return f"Notifications by {channel} fail"


def _channel_down(channel: str, time: datetime, text: MessageText) -> RuleResult:
    return shared_symptom(IncidentCause.CHANNEL_DOWN, channel, channel, Severity.TODAY, time, text)


@RULES.on(incidents.NotificationSent)
def _sent(event: incidents.NotificationSent, _: datetime) -> Iterable[RuleResult]:
    yield Recovery(IncidentCause.CHANNEL_DOWN, event.channel, None, "Notifications work again.")
