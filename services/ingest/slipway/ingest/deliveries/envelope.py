"""What the edge writes beside a raw body, and how a raw record becomes a delivery (pure).

`webhook` writes the headers, `inbox` reads them back.
"""

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import datetime

from slipway.contracts.deliveries import DeliveryChannel, DeliveryReceived, RawRef
from slipway.contracts.envelope import Meta
from slipway.contracts.ids import stream_of
from slipway.ingest.deliveries.decider import CATEGORY
from slipway.ingest.deliveries.parsing.parser import Reading, read
from slipway.ingest.ghl.payload import moment

_CHANNEL = "slipway-channel"
_RECEIVED_AT = "slipway-received-at"
_CORRELATION = "slipway-correlation-id"
_TRACEPARENT = "traceparent"

_EDGE_CHANNELS = (DeliveryChannel.SIGNED, DeliveryChannel.WORKFLOW)


@dataclass(frozen=True)
class Arrival:
    """What the edge knows of a body it accepted."""

    channel: DeliveryChannel
    received_at: datetime
    correlation_id: str
    traceparent: str | None


def headers_of(arrival: Arrival) -> list[tuple[str, bytes]]:
    headers = {
        _CHANNEL: arrival.channel.value,
        _RECEIVED_AT: arrival.received_at.isoformat(),
        _CORRELATION: arrival.correlation_id,
    }
    if arrival.traceparent:
        headers[_TRACEPARENT] = arrival.traceparent
    return [(name, value.encode()) for name, value in headers.items()]


@dataclass(frozen=True)
class Received:
    stream: str
    event: DeliveryReceived
    meta: Meta


def receive(
    headers: Mapping[str, str],
    body: bytes,
    place: RawRef,
    locations: AbstractSet[str],
    now: datetime,
) -> Received:
    """Never raises: a record that isn't our edge's is quarantined, for it may be a purchase."""
    channel, received_at = _channel(headers), moment(headers.get(_RECEIVED_AT))
    if channel is None or received_at is None:
        reading = Reading(quarantine_reason="a record on the topic that the edge didn't write")
    else:
        reading = read(channel, body, locations)
    known_as = f"{place.topic}/{place.partition}/{place.offset}"
    # A body without an id is a new fact wherever it lies, however like an older one it is (H8).
    id_ = f"{DeliveryChannel.SIGNED.value}:{reading.webhook_id}" if reading.webhook_id else known_as
    event = DeliveryReceived(
        delivery_id=id_,
        channel=channel or DeliveryChannel.WORKFLOW,
        event_type=reading.event_type,
        location_id=reading.location_id,
        webhook_id=reading.webhook_id,
        received_at=received_at or now,
        sent_at=reading.sent_at,
        raw=place,
        size_bytes=len(body),
        hints=reading.hints,
        ignore_rule=reading.ignore_rule,
        quarantine_reason=reading.quarantine_reason,
    )
    meta = Meta(
        correlation_id=headers.get(_CORRELATION) or id_,
        traceparent=headers.get(_TRACEPARENT),
        actor="ghl",
    )
    return Received(stream_of(CATEGORY, id_), event, meta)


def _channel(headers: Mapping[str, str]) -> DeliveryChannel | None:
    value = headers.get(_CHANNEL)
    return (
        DeliveryChannel(value)
        if value in {DeliveryChannel.SIGNED.value, DeliveryChannel.WORKFLOW.value}
        else None
    )
