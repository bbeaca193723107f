"""Sends appended events to Kafka: in order for each key, and in parallel for different keys."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Any

import structlog

from slipway.contracts.envelope import headers_of
from slipway.contracts.topics import key_of, topic_of
from slipway.eventstore.change_stream_event import Appended
from slipway.eventstore.documents import Document
from slipway.telemetry import traces

_log = structlog.get_logger(__name__)

Produce = Callable[[str, bytes, bytes, list[tuple[str, bytes]]], Awaitable[Any]]
"""Takes (topic, key, value, headers). Returns when every replica has the record."""

_RETRY_SECONDS = 1.0


class RelaySender:
    def __init__(self, produce: Produce, *, service: str, namespace: str) -> None:
        self._produce = produce
        self._service = service
        self._namespace = namespace
        self._last_of_key: dict[bytes, asyncio.Task[None]] = {}

    def send(self, found: Appended) -> asyncio.Task[None] | None:
        """Starts an asyncio task that sends the events, and returns the asyncio task.

        Returns None if the stream is not published.
        """
        topic = topic_of(found.stream)
        if topic is None:
            return None
        name, key = f"{self._namespace}.{topic.name}", key_of(found.stream).encode()
        before = self._last_of_key.get(key)
        task = asyncio.create_task(self._send_in_order(name, key, found, before))
        self._last_of_key[key] = task
        task.add_done_callback(lambda done: self._forget(key, done))
        return task

    def cancel(self) -> list[asyncio.Task[None]]:
        """Cancels all running asyncio tasks and returns them, so that the caller can await them."""
        sending = [*self._last_of_key.values()]
        for task in sending:
            task.cancel()
        self._last_of_key.clear()
        return sending

    def _forget(self, key: bytes, done: asyncio.Task[None]) -> None:
        if self._last_of_key.get(key) is done:
            del self._last_of_key[key]

    async def _send_in_order(
        self, topic: str, key: bytes, found: Appended, before: asyncio.Task[None] | None
    ) -> None:
        if before is not None:
            await asyncio.wait([before])
        for entry in found.entries:
            with traces.span(f"publish {entry['type']}", parent=entry["meta"].get("traceparent")):
                await self._send_until_taken(topic, key, found.stream, entry)

    async def _send_until_taken(self, topic: str, key: bytes, stream: str, entry: Document) -> None:
        """Sends one event and retries without limit, so that an outage of Kafka loses no event."""
        headers = headers_of(
            epoch=entry["epoch"],
            stream=stream,
            version=entry["version"],
            type_=entry["type"],
            time=entry["time"],
            meta=entry["meta"],
            source=self._service,
        )
        encoded = [(name, value.encode()) for name, value in headers.items()]
        value = json.dumps(entry["data"], ensure_ascii=False, separators=(",", ":")).encode()
        while True:
            try:
                await self._produce(topic, key, value, encoded)
            except Exception:  # noqa: BLE001 - no error may make the relay skip an event
                _log.exception("relay could not publish", stream=stream, version=entry["version"])
                await asyncio.sleep(_RETRY_SECONDS)
            else:
                return
