"""Reads one record again by its topic, partition and offset.

Dead letters store only this position, not the record's bytes.
"""

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaTimeoutError

from slipway.contracts.topics import MAX_RECORD_BYTES
from slipway.messaging.records import RawRecord, raw_of

_PATIENCE_MS = 10_000


class RecordGone(Exception):
    """Raised if the record's retention has ended, or if there was never a record at this offset."""


async def look_up_record(
    kafka_url: str, namespace: str, *, topic: str, partition: int, offset: int
) -> RawRecord:
    """Returns the record. Raises RecordGone, or KafkaError if the broker does not answer."""
    position = TopicPartition(f"{namespace}.{topic}", partition)
    consumer = AIOKafkaConsumer(
        bootstrap_servers=kafka_url,
        enable_auto_commit=False,
        max_partition_fetch_bytes=MAX_RECORD_BYTES,
        auto_offset_reset="earliest",
    )
    try:
        await consumer.start()
        consumer.assign([position])
        first = (await consumer.beginning_offsets([position]))[position]
        end = (await consumer.end_offsets([position]))[position]
        if not first <= offset < end:
            raise RecordGone(f"{topic}/{partition}/{offset}")
        consumer.seek(position, offset)
        found = await consumer.getmany(position, timeout_ms=_PATIENCE_MS, max_records=1)
    finally:
        await consumer.stop()
    records = found.get(position, [])
    if not records:
        # The offset is in range, so the record exists and the broker did not answer.
        raise KafkaTimeoutError(f"{topic}/{partition}/{offset}")
    if records[0].offset != offset:
        raise RecordGone(f"{topic}/{partition}/{offset}")
    return raw_of(records[0], namespace)
