"""A producer that opens when Kafka answers, whenever that is.

Ingest's edge must listen even if Kafka is away when the process starts: GHL may drop a webhook
after a refused connection, but it retries after a 429.
"""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Sequence

from slipway.contracts.envelope import Recorded
from slipway.messaging.producer import KafkaError, Producer

_CLOSE_SECONDS = 5.0


class NotOpen(KafkaError):  # type: ignore[misc]  # aiokafka is untyped
    """Kafka has not answered yet."""


class LazyProducer:
    def __init__(self, open_: Callable[[], Awaitable[Producer]]) -> None:
        self._open = open_
        self._producer: Producer | None = None

    @property
    def is_open(self) -> bool:
        return self._producer is not None

    async def open(self) -> None:
        """Returns when Kafka has answered, however long that takes."""
        if self._producer is None:
            self._producer = await self._open()

    async def produce(
        self, topic: str, key: bytes | None, value: bytes, headers: Sequence[tuple[str, bytes]]
    ) -> None:
        """As `Producer.produce`. Raises NotOpen before Kafka has answered."""
        await self._opened().produce(topic, key, value, headers)

    async def publish(self, recorded: Recorded) -> None:
        """As `Producer.publish`. Raises NotOpen before Kafka has answered."""
        await self._opened().publish(recorded)

    async def close(self) -> None:
        """Flushes what is being sent, for a few seconds: in an outage it would take for ever."""
        if self._producer is None:
            return
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_CLOSE_SECONDS):
                await self._producer.stop()

    def _opened(self) -> Producer:
        if self._producer is None:
            raise NotOpen
        return self._producer
