"""Reads raw Kafka records without raising, so that a bad record does not affect others."""

from dataclasses import dataclass

from aiokafka import ConsumerRecord

from slipway.contracts.codec import UnknownType, Unreadable, from_record
from slipway.contracts.dead_letters import RecordRef
from slipway.contracts.envelope import Recorded


@dataclass(frozen=True)
class RawRecord:
    """A record as Kafka returns it, but without the headers that are not text."""

    topic: str
    """The topic's name without the namespace."""
    partition: int
    offset: int
    key: bytes | None
    value: bytes | None
    headers: dict[str, str]
    timestamp: int
    """The time of the producer, in milliseconds since 1970."""


def raw_of(record: ConsumerRecord[bytes, bytes], namespace: str) -> RawRecord:
    return RawRecord(
        topic=record.topic.removeprefix(f"{namespace}."),
        partition=record.partition,
        offset=record.offset,
        key=record.key,
        value=record.value,
        headers={
            name: text for name, value in record.headers if (text := _text(value)) is not None
        },
        timestamp=record.timestamp,
    )


def _text(value: bytes | None) -> str | None:
    # FastStream's parser would lose a record with a header that is null or not UTF-8.
    try:
        return None if value is None else value.decode()
    except UnicodeDecodeError:
        return None


def read(record: RawRecord) -> Recorded | Unreadable | UnknownType:
    """Returns the event, or the error that makes the record unreadable."""
    try:
        return from_record(record.value, record.headers)
    except (Unreadable, UnknownType) as problem:
        return problem


def ref_of(record: RawRecord) -> RecordRef:
    return RecordRef(
        topic=record.topic,
        partition=record.partition,
        offset=record.offset,
        type=record.headers.get("ce_type"),
        event_id=record.headers.get("ce_id"),
    )


def lane_of(record: RawRecord) -> tuple[str, str]:
    """Returns the topic and the key. Records for which both are equal are handled in sequence.

    A record without a key gets its own position as the key, so it waits for no other record.
    """
    if record.key is None:
        return record.topic, f"{record.partition}/{record.offset}"
    return record.topic, record.key.decode(errors="backslashreplace")
