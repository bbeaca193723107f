"""A producer that can be created before Kafka is available.

Ingest must accept HTTP requests even if Kafka is unavailable when the process starts. GHL may lose
a webhook after a refused connection, but it retries after the status 429.
"""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Sequence

from slipway.contracts.envelope import Recorded
from slipway.messaging.producer import KafkaError, Producer

_CLOSE_SECONDS = 5.0


class NotOpen(KafkaError):  # type: ignore[misc]  # aiokafka is untyped
    """Raised if Kafka has not answered yet."""


class LazyProducer:
    def __init__(self, open_: Callable[[], Awaitable[Producer]]) -> None:
        self._open = open_
        self._producer: Producer | None = None

    @property
    def is_open(self) -> bool:
        return self._producer is not None

    async def open(self) -> None:
        """Opens the producer. Waits without limit until Kafka answers."""
        if self._producer is None:
            self._producer = await self._open()

    async def produce(
        self, topic: str, key: bytes | None, value: bytes, headers: Sequence[tuple[str, bytes]]
    ) -> None:
        """Calls `Producer.produce`. Raises NotOpen if Kafka has not answered yet."""
        await self._opened().produce(topic, key, value, headers)

    async def publish(self, recorded: Recorded) -> None:
        """Calls `Producer.publish`. Raises NotOpen if Kafka has not answered yet."""
        await self._opened().publish(recorded)

    async def close(self) -> None:
        """Sends the buffered records and closes the producer, within a few seconds.

        Without this time limit, the call would never return during an outage of Kafka.
        """
        if self._producer is None:
            return
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_CLOSE_SECONDS):
                await self._producer.stop()

    def _opened(self) -> Producer:
        if self._producer is None:
            raise NotOpen
        return self._producer
