"""A delivery's raw body, fetched again from where it lies in Kafka; for a person's replay."""

from aiokafka import AIOKafkaConsumer, TopicPartition

from slipway.contracts.deliveries import RawRef
from slipway.contracts.topics import MAX_RECORD_BYTES

_PATIENCE_MS = 10_000


class KafkaRawBodies:
    """Rare and by hand, so each time with a consumer of its own, which belongs to no group."""

    def __init__(self, kafka_url: str) -> None:
        self._kafka_url = kafka_url

    async def body(self, ref: RawRef) -> bytes | None:
        """Raises KafkaError or TimeoutError where Kafka doesn't answer."""
        consumer = AIOKafkaConsumer(
            bootstrap_servers=self._kafka_url,
            enable_auto_commit=False,
            max_partition_fetch_bytes=MAX_RECORD_BYTES,
        )
        await consumer.start()
        try:
            return await _fetch(consumer, ref)
        finally:
            await consumer.stop()


async def _fetch(consumer: AIOKafkaConsumer, ref: RawRef) -> bytes | None:
    place = TopicPartition(ref.topic, ref.partition)
    first = (await consumer.beginning_offsets([place]))[place]
    after_last = (await consumer.end_offsets([place]))[place]
    if not first <= ref.offset < after_last:
        return None
    consumer.assign([place])
    consumer.seek(place, ref.offset)
    batches = await consumer.getmany(place, timeout_ms=_PATIENCE_MS, max_records=1)
    records = batches.get(place, [])
    if not records:
        raise TimeoutError(f"Kafka doesn't hand out {ref.topic}/{ref.partition}/{ref.offset}")
    found = records[0]
    return found.value if found.offset == ref.offset else None
