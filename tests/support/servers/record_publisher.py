"""Publishes records on real topics as the relays do, with CloudEvents headers and keys."""

from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager

from aiokafka import AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from slipway.contracts.envelope import Recorded, headers_of
from slipway.contracts.topics import ALL, key_of, topic_of


class RecordPublisher:
    def __init__(self, producer: AIOKafkaProducer, namespace: str) -> None:
        self._producer = producer
        self._namespace = namespace

    async def publish(self, records: Iterable[Recorded]) -> None:
        for record in records:
            topic = topic_of(record.stream)
            assert topic is not None
            headers = headers_of(
                epoch=record.epoch,
                stream=record.stream,
                version=record.version,
                type_=record.event.TYPE,
                time=record.time,
                meta=record.meta.model_dump(),
                source="tests",
            )
            await self.raw(
                topic.name,
                key_of(record.stream),
                record.event.model_dump_json().encode(),
                headers,
            )

    async def raw(self, topic: str, key: str, value: bytes | None, headers: dict[str, str]) -> None:
        await self._producer.send_and_wait(
            f"{self._namespace}.{topic}",
            value,
            key=key.encode(),
            headers=[(name, text.encode()) for name, text in headers.items()],
        )


@asynccontextmanager
async def record_publisher(
    kafka_url: str, namespace: str, partitions: int = 2
) -> AsyncIterator[RecordPublisher]:
    """Creates the topics of this namespace and yields a publisher."""
    admin = AIOKafkaAdminClient(bootstrap_servers=kafka_url)
    await admin.start()
    names = [f"{namespace}.{topic.name}" for topic in ALL]
    await admin.create_topics([NewTopic(name, partitions, 1) for name in names])
    producer = AIOKafkaProducer(bootstrap_servers=kafka_url, acks="all", enable_idempotence=True)
    await producer.start()
    try:
        yield RecordPublisher(producer, namespace)
    finally:
        await producer.stop()
        await admin.delete_topics(names)
        await admin.close()
