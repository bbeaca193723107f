"""Publishes this process's health every five seconds.

Heartbeats are sent directly to Kafka, not through the event store and its relay (H18).
"""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Protocol, TypedDict

import structlog

from slipway.contracts.envelope import Meta, Recorded
from slipway.contracts.heartbeats import Heartbeat
from slipway.contracts.ids import stream_of
from slipway.telemetry import metrics

_log = structlog.get_logger(__name__)

_PATIENCE_SECONDS = 4.0
SAMPLE_SECONDS = 2.0
"""The time limit of a sample. The database driver alone would search longer for a lost server."""


class HeartbeatSample(TypedDict, total=False):
    """The fields of `Heartbeat` that are measured. The others name the process and the times."""

    oldest_unpublished_seconds: float | None
    oldest_due_seconds: float | None
    lag: int | None
    clock_skew_seconds: float | None
    failing_tasks: dict[str, datetime]
    failing_steps: dict[str, datetime]
    counters: dict[str, int]


Sample = Callable[[], Awaitable[HeartbeatSample]]


class Publisher(Protocol):
    async def publish(self, recorded: Recorded) -> None:
        """Sends the record to Kafka. Returns after Kafka has stored it."""


def _utcnow() -> datetime:
    return datetime.now(UTC)  # noqa: TID251 - the heartbeat's own time, overridden in tests


class HeartbeatPublisher:
    def __init__(
        self,
        producer: Publisher,
        service: str,
        instance: str,
        sample: Sample,
        *,
        clock: Callable[[], datetime] = _utcnow,
        every_seconds: float = 5.0,
    ) -> None:
        self._producer = producer
        self._service = service
        self._instance = instance
        self._sample = sample
        self._clock = clock
        self._every_seconds = every_seconds
        self._started_at = clock()
        self._beats = 0

    async def run(self) -> None:
        """Publishes heartbeats until cancelled. A heartbeat that cannot be sent is skipped.

        If heartbeats are missing, the notifier alerts an operator.
        """
        while True:
            try:
                async with asyncio.timeout(_PATIENCE_SECONDS):
                    await self.publish_once()
            except Exception as error:  # noqa: BLE001 - the next heartbeat is tried anyway
                _log.warning("no heartbeat", error=type(error).__name__)
            await asyncio.sleep(self._every_seconds)

    async def publish_once(self) -> None:
        now = self._clock()
        # An unavailable store must not stop heartbeats. The heartbeat then has an empty sample.
        sample: HeartbeatSample = {}
        try:
            async with asyncio.timeout(SAMPLE_SECONDS):
                sample = await self._sample()
        except Exception as error:  # noqa: BLE001 - the heartbeat shows it by what is missing
            _log.warning("heartbeat without a sample", error=type(error).__name__)
        metrics.set_heartbeat_gauges(self._service, sample)
        self._beats += 1
        stream = stream_of("heartbeat", f"{self._service}/{self._instance}")
        await self._producer.publish(
            Recorded(
                stream=stream,
                version=self._beats,
                time=now,
                event=Heartbeat(
                    service=self._service,
                    instance=self._instance,
                    at=now,
                    started_at=self._started_at,
                    **sample,
                ),
                meta=Meta(correlation_id=stream),
            )
        )
