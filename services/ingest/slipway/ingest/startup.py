"""Kafka and MongoDB from outside: opened when they are there, whenever that is.

The edge must listen even when Kafka is away at our start: a refused connection is a webhook lost
under GHL's harshest policy, a 429 is not.
"""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Sequence

import structlog

from slipway.contracts.envelope import Recorded
from slipway.eventstore.store import StoreUnavailable
from slipway.messaging.producer import Producer

_log = structlog.get_logger(__name__)

_RETRY_SECONDS = 1.0
_CLOSE_SECONDS = 5.0


class NotOpen(Exception):
    """Kafka was not there yet."""


class KafkaDoor:
    """A producer that may still be on its way."""

    def __init__(self, opener: Callable[[], Awaitable[Producer]]) -> None:
        self._opener = opener
        self._producer: Producer | None = None
        self._opened = asyncio.Event()

    @property
    def is_open(self) -> bool:
        return self._producer is not None

    async def open(self) -> None:
        """Waits for Kafka without limit, and then until cancelled."""
        self._producer = await self._opener()
        self._opened.set()
        await asyncio.Event().wait()

    async def opened(self) -> None:
        await self._opened.wait()

    async def produce(
        self, topic: str, key: bytes | None, value: bytes, headers: Sequence[tuple[str, bytes]]
    ) -> None:
        await self._ready().produce(topic, key, value, headers)

    async def publish(self, recorded: Recorded) -> None:
        await self._ready().publish(recorded)

    async def close(self) -> None:
        """Sends what is under way; in an outage that would take for ever, and GHL retries it."""
        if self._producer is None:
            return
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_CLOSE_SECONDS):
                await self._producer.stop()

    def _ready(self) -> Producer:
        if self._producer is None:
            raise NotOpen
        return self._producer


async def once_there(what: str, prepare: Callable[[], Awaitable[None]]) -> None:
    """Prepare a store as soon as it answers."""
    while True:
        try:
            await prepare()
        except StoreUnavailable as error:
            _log.warning("waiting", what=what, error=str(error))
            await asyncio.sleep(_RETRY_SECONDS)
        else:
            return
