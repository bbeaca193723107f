"""Reads one record again by its place: dead letters keep the place, never the bytes."""

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaTimeoutError

from slipway.contracts.topics import MAX_RECORD_BYTES
from slipway.messaging.records import RawRecord, raw_of

_PATIENCE_MS = 10_000


class RecordGone(Exception):
    """Its retention has ended, or the place never held one."""


async def read_again(
    kafka_url: str, namespace: str, *, topic: str, partition: int, offset: int
) -> RawRecord:
    """Raises RecordGone, or KafkaError where the broker does not answer."""
    place = TopicPartition(f"{namespace}.{topic}", partition)
    consumer = AIOKafkaConsumer(
        bootstrap_servers=kafka_url,
        enable_auto_commit=False,
        max_partition_fetch_bytes=MAX_RECORD_BYTES,
        auto_offset_reset="earliest",
    )
    try:
        await consumer.start()
        consumer.assign([place])
        first = (await consumer.beginning_offsets([place]))[place]
        end = (await consumer.end_offsets([place]))[place]
        if not first <= offset < end:
            raise RecordGone(f"{topic}/{partition}/{offset}")
        consumer.seek(place, offset)
        found = await consumer.getmany(place, timeout_ms=_PATIENCE_MS, max_records=1)
    finally:
        await consumer.stop()
    records = found.get(place, [])
    if not records:
        # It is there, so this is the broker's silence and not the record's end.
        raise KafkaTimeoutError(f"{topic}/{partition}/{offset}")
    if records[0].offset != offset:
        raise RecordGone(f"{topic}/{partition}/{offset}")
    return raw_of(records[0], namespace)
