"""Reads a topic from its beginning, by a consumer without a group."""

from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition
from slipway.contracts.codec import from_record
from slipway.contracts.envelope import Recorded
from slipway.contracts.topics import MAX_RECORD_BYTES, Topic


async def records_on(
    kafka_url: str, namespace: str, topic: Topic
) -> list[ConsumerRecord[bytes, bytes]]:
    consumer = AIOKafkaConsumer(
        bootstrap_servers=kafka_url,
        auto_offset_reset="earliest",
        max_partition_fetch_bytes=MAX_RECORD_BYTES,
    )
    await consumer.start()
    try:
        name = f"{namespace}.{topic.name}"
        places = [TopicPartition(name, number) for number in range(topic.partitions)]
        ends = await consumer.end_offsets(places)
        consumer.assign(places)
        await consumer.seek_to_beginning(*places)
        found: list[ConsumerRecord[bytes, bytes]] = []
        while sum(ends.values()) > len(found):
            for batch in (await consumer.getmany(timeout_ms=200)).values():
                found += batch
        return found
    finally:
        await consumer.stop()


async def everything_on(kafka_url: str, namespace: str, topic: Topic) -> list[Recorded]:
    return [
        from_record(record.value, {name: value.decode() for name, value in record.headers})
        for record in await records_on(kafka_url, namespace, topic)
    ]
