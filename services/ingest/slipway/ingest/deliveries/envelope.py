"""Kafka headers of a raw webhook, and the delivery that is created from it (pure).

`webhook` writes the headers, and `inbox` reads them.
"""

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import datetime

from slipway.contracts.deliveries import DeliveryChannel, DeliveryReceived, RawRef
from slipway.contracts.envelope import Meta
from slipway.contracts.ids import stream_of
from slipway.ingest.deliveries.decider import CATEGORY
from slipway.ingest.deliveries.parsing.parser import ParsedWebhook, parse_webhook
from slipway.ingest.ghl.payload import moment

_CHANNEL = "slipway-channel"
_RECEIVED_AT = "slipway-received-at"
_CORRELATION = "slipway-correlation-id"
_TRACEPARENT = "traceparent"

_EDGE_CHANNELS = (DeliveryChannel.SIGNED, DeliveryChannel.WORKFLOW)


@dataclass(frozen=True)
class ReceivedWebhook:
    """Facts about an accepted body that the edge stores in the Kafka headers."""

    channel: DeliveryChannel
    received_at: datetime
    correlation_id: str
    traceparent: str | None


def kafka_headers(webhook: ReceivedWebhook) -> list[tuple[str, bytes]]:
    headers = {
        _CHANNEL: webhook.channel.value,
        _RECEIVED_AT: webhook.received_at.isoformat(),
        _CORRELATION: webhook.correlation_id,
    }
    if webhook.traceparent:
        headers[_TRACEPARENT] = webhook.traceparent
    return [(name, value.encode()) for name, value in headers.items()]


@dataclass(frozen=True)
class NewDelivery:
    stream: str
    event: DeliveryReceived
    meta: Meta


def new_delivery(
    headers: Mapping[str, str],
    body: bytes,
    raw: RawRef,
    locations: AbstractSet[str],
    now: datetime,
) -> NewDelivery:
    """Returns the stream and the first event of the delivery. Never raises.

    A Kafka record without the headers of our webhook endpoint is quarantined and not dropped,
    because it may be a purchase.
    """
    channel, received_at = _channel(headers), moment(headers.get(_RECEIVED_AT))
    if channel is None or received_at is None:
        parsed = ParsedWebhook(quarantine_reason="the edge did not write this record")
    else:
        parsed = parse_webhook(channel, body, locations)
    position = f"{raw.topic}/{raw.partition}/{raw.offset}"
    # A body without an id is a new delivery at each Kafka position, even if it is equal (H8).
    id_ = f"{DeliveryChannel.SIGNED}:{parsed.webhook_id}" if parsed.webhook_id else position
    event = DeliveryReceived(
        delivery_id=id_,
        channel=channel or DeliveryChannel.WORKFLOW,
        event_type=parsed.event_type,
        location_id=parsed.location_id,
        webhook_id=parsed.webhook_id,
        received_at=received_at or now,
        sent_at=parsed.sent_at,
        raw=raw,
        size_bytes=len(body),
        hints=parsed.hints,
        ignore_rule=parsed.ignore_rule,
        quarantine_reason=parsed.quarantine_reason,
    )
    meta = Meta(
        correlation_id=headers.get(_CORRELATION) or id_,
        traceparent=headers.get(_TRACEPARENT),
        actor="ghl",
    )
    return NewDelivery(stream_of(CATEGORY, id_), event, meta)


def _channel(headers: Mapping[str, str]) -> DeliveryChannel | None:
    value = headers.get(_CHANNEL)
    return next((channel for channel in _EDGE_CHANNELS if channel.value == value), None)
