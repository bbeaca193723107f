"""Publishes commands to Kafka, and stores votes in an event stream that the relay publishes."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime

from aiokafka.errors import KafkaError

from slipway.contracts.commands import Command
from slipway.contracts.envelope import Meta, Recorded
from slipway.contracts.ids import stream_of
from slipway.eventstore.command_handling import handle
from slipway.eventstore.store import EventStore, StoreUnavailable
from slipway.reporting.commands.catalog import recorded
from slipway.reporting.feedback import FEEDBACK, Vote
from slipway.reporting.ports import NotSent
from slipway.telemetry.traces import current_traceparent, span

_TIMEOUT_SECONDS = 10.0


class KafkaCommandPublisher:
    def __init__(
        self,
        publish: Callable[[Recorded], Awaitable[None]],
        store: EventStore,
        clock: Callable[[], datetime],
        new_id: Callable[[], str],
    ) -> None:
        self._publish = publish
        self._store = store
        self._clock = clock
        self._new_id = new_id

    async def send(self, commands: Sequence[Command]) -> None:
        with span("send commands", parent=None):
            traceparent = current_traceparent()
            try:
                # In an outage an idempotent producer waits forever, but the page must answer.
                async with asyncio.timeout(_TIMEOUT_SECONDS):
                    await asyncio.gather(
                        *(self._publish(recorded(command, traceparent)) for command in commands)
                    )
            except (TimeoutError, KafkaError, OSError) as error:
                raise NotSent("Kafka is not responding") from error

    async def vote(self, admin: str, score: int, comment: str) -> None:
        now = self._clock()
        meta = Meta(
            correlation_id=self._new_id(),
            traceparent=current_traceparent(),
            actor=f"user:{admin}",
        )
        try:
            async with asyncio.timeout(_TIMEOUT_SECONDS):
                await handle(
                    self._store,
                    FEEDBACK,
                    stream_of("feedback", admin),
                    Vote(admin=admin, score=score, comment=comment, at=now),
                    now=now,
                    meta=meta,
                )
        except (TimeoutError, StoreUnavailable) as error:
            raise NotSent("MongoDB is not responding") from error
