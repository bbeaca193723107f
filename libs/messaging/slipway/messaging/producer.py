"""The Kafka producer. It is idempotent, waits for all replicas, and replaces a broken client."""

import asyncio
from collections.abc import Sequence
from typing import Any

import stamina
import structlog
from aiokafka import AIOKafkaProducer
from aiokafka.errors import (
    KafkaError,
    MessageSizeTooLargeError,
    OutOfOrderSequenceNumber,
    ProducerFenced,
)

from slipway.contracts.envelope import Recorded, headers_of
from slipway.contracts.topics import MAX_RECORD_BYTES, key_of, topic_of

__all__ = ["KafkaError", "MessageSizeTooLargeError", "Producer", "open_producer"]

_log = structlog.get_logger(__name__)

_BATCH_BYTES = 262_144
"""With concurrent sends, the default of 16 KiB allows 644 records/s, and this 17,000 (measured)."""

_BROKEN = (OutOfOrderSequenceNumber, ProducerFenced)
"""Errors after which a client never recovers (aiokafka #1017), so the producer replaces it."""


_CLOSE_SECONDS = 10.0


async def open_producer(kafka_url: str, namespace: str, *, source: str = "slipway") -> "Producer":
    """Returns a started producer.

    Waits for Kafka without limit, because a service may start first.
    """
    producer = Producer(kafka_url, namespace, source)
    await producer.start()
    return producer


class Producer:
    """Sends records to Kafka. `source` is the service's name in the events that `publish` sends."""

    def __init__(self, kafka_url: str, namespace: str, source: str) -> None:
        self._kafka_url = kafka_url
        self._namespace = namespace
        self._source = source
        self._client: Any = None
        self._replacing = asyncio.Lock()

    async def start(self) -> None:
        """Connects to Kafka. Waits without limit until Kafka is available."""
        if self._client is None:
            retrying = stamina.AsyncRetryingCaller(attempts=None, timeout=None, wait_max=1.0)
            self._client = await retrying((KafkaError, OSError), self._started_client)

    async def stop(self) -> None:
        """Sends the buffered records, then closes the client."""
        client = self._client
        if client is not None:
            await _close(client)

    async def produce(
        self, topic: str, key: bytes | None, value: bytes, headers: Sequence[tuple[str, bytes]]
    ) -> None:
        """Returns when every replica has stored the record.

        `topic` is the full name with the namespace. In an outage an idempotent send waits without
        limit, so call it within `asyncio.timeout`. After a time-out the record may still be sent.
        """
        client = self._client
        if client is None:
            async with self._replacing:  # being replaced: wait for the new client
                client = self._client
        try:
            await client.send_and_wait(topic, value, key=key, headers=headers)
        except _BROKEN:
            await self._replace_client(client)
            raise

    async def publish(self, recorded: Recorded) -> None:
        """Sends an event or command in its envelope to the topic of its stream."""
        topic = topic_of(recorded.stream)
        if topic is None:
            raise ValueError(f"{recorded.stream} is not published anywhere")
        headers = headers_of(
            epoch=recorded.epoch,
            stream=recorded.stream,
            version=recorded.version,
            type_=recorded.event.TYPE,
            time=recorded.time,
            meta=recorded.meta.model_dump(),
            source=self._source,
        )
        await self.produce(
            f"{self._namespace}.{topic.name}",
            key_of(recorded.stream).encode(),
            recorded.event.model_dump_json().encode(),
            [(name, text.encode()) for name, text in headers.items()],
        )

    async def _replace_client(self, broken: Any) -> None:
        async with self._replacing:
            if self._client is not broken:
                return
            _log.error("producer broken: opening a new one")
            self._client = None
            await _close(broken)
            await self.start()

    async def _started_client(self) -> Any:
        client = self._new()
        try:
            await client.start()
        except (KafkaError, OSError):
            await client.stop()
            raise
        return client

    def _new(self) -> Any:
        return AIOKafkaProducer(
            bootstrap_servers=self._kafka_url,
            acks="all",
            enable_idempotence=True,
            max_batch_size=_BATCH_BYTES,
            max_request_size=MAX_RECORD_BYTES,
            linger_ms=0,
        )


async def _close(client: Any) -> None:
    """Closes the client, with a time limit.

    The client first sends its buffered records. In an outage this would never end.
    """
    try:
        async with asyncio.timeout(_CLOSE_SECONDS):
            await client.stop()
    except TimeoutError:
        _log.error("producer closed with sends unconfirmed")
