"""Consumes Kafka for a service's inboxes. Only this module sets up FastStream.

Each inbox has one `Reader`, which runs its loop. All readers of a process share a broker, a
dead-letter queue and a background task that measures the lag.
"""

import asyncio
from collections.abc import Callable, Sequence
from datetime import datetime

import stamina
import structlog
from aiokafka.errors import IllegalStateError, KafkaError
from faststream import AckPolicy
from faststream.kafka import KafkaBroker

from slipway.contracts.envelope import Recorded
from slipway.eventstore.due_work import DueWork
from slipway.eventstore.store import EventStore
from slipway.eventstore.stream import Claim
from slipway.messaging.batch import Handle, KeyedBatch, RawBatch
from slipway.messaging.dead_letter_queue import DeadLetterQueue
from slipway.messaging.dead_letters import DEAD_LETTER
from slipway.messaging.offsets import GroupOffsets, StoredOffsets
from slipway.messaging.reader import SESSION_MS, Reader
from slipway.messaging.record_lookup import look_up_record
from slipway.messaging.records import RawRecord
from slipway.messaging.subscriptions import AnyInbox, Inbox, Member, RawInbox, ViewInbox
from slipway.messaging.view_batch import ViewBatch

__all__ = ["SESSION_MS", "Consumers", "Inbox", "Member", "RawInbox", "RawRecord", "ViewInbox"]

_log = structlog.get_logger(__name__)

_LAG_EVERY_SECONDS = 5.0


class Consumers:
    def __init__(
        self,
        kafka_url: str,
        namespace: str,
        inboxes: Sequence[AnyInbox],
        store: EventStore,
        clock: Callable[[], datetime],
        member: Member,
    ) -> None:
        self._kafka_url = kafka_url
        self._namespace = namespace
        self._store = store
        self.dead_letters = DeadLetterQueue(store, clock, member.service)
        self._readers = [self._reader(inbox) for inbox in inboxes]
        # Without apply_types, the handler receives the message itself, unconverted.
        self._broker = KafkaBroker(
            kafka_url, apply_types=False, logger=None, allow_auto_create_topics=False
        )
        self._watching: asyncio.Task[None] | None = None
        for reader in self._readers:
            reader.subscribe(self._broker, member.instance)
        # If this policy is not set on each subscriber, FastStream commits before the handler runs.
        assert all(one.ack_policy is AckPolicy.MANUAL for one in self._broker.subscribers)  # noqa: S101

    async def start(self) -> None:
        """Starts all readers. Waits without limit until Kafka is available."""
        retrying = stamina.AsyncRetryingCaller(attempts=None, timeout=None, wait_max=1.0)
        await retrying((KafkaError, OSError), self._start_broker)
        for reader in self._readers:
            reader.started()
        self._watching = asyncio.create_task(self._watch_lag())

    async def stop(self) -> None:
        """Stops all readers, after their current batches are handled and the offsets are stored."""
        if self._watching is not None:
            self._watching.cancel()
        for reader in self._readers:
            await reader.stop()
        await self._broker.stop()

    async def run(self) -> None:
        """Starts all readers, and stops them when this call is cancelled."""
        await self.start()
        try:
            await asyncio.Event().wait()
        finally:
            await self.stop()

    def progress(self) -> bool:
        """Returns False if records wait and none was polled for a minute.

        A restart may then help.
        """
        return all(reader.has_progress() for reader in self._readers)

    def lag(self) -> int:
        """Returns the number of records that are not yet handled, measured a few seconds ago."""
        return sum(reader.lag for reader in self._readers)

    def stopped(self) -> dict[str, str]:
        """Returns the partitions that wait for an update of this service, each with the reason."""
        return {
            f"{topic}/{partition}": why
            for reader in self._readers
            for (topic, partition), why in reader.stopped.items()
        }

    def redriving(self, owner: str, *, poll_seconds: float = 0.5) -> DueWork:
        """Returns the due work that handles redriven dead letters again."""
        handlers = {reader.group: reader.batch.handle_one for reader in self._readers}

        async def look_up(topic: str, partition: int, offset: int) -> RawRecord:
            return await look_up_record(
                self._kafka_url, self._namespace, topic=topic, partition=partition, offset=offset
            )

        async def step(claim: Claim) -> None:
            await self.dead_letters.step(claim, handlers, look_up)

        category = DEAD_LETTER.category
        return DueWork(self._store, category, step, owner=owner, poll_seconds=poll_seconds)

    def _reader(self, inbox: AnyInbox) -> Reader:
        match inbox:
            case RawInbox():
                raw = RawBatch(inbox.group, inbox.handle_batch, self.dead_letters)
                return Reader(inbox.group, [inbox.topic], raw, GroupOffsets(), self._namespace)
            case ViewInbox():
                stored = StoredOffsets(inbox.views)
                views = ViewBatch(inbox.group, inbox.views, stored, self.dead_letters)
                return Reader(inbox.group, inbox.topics, views, stored, self._namespace)
            case Inbox():
                keyed = KeyedBatch(
                    inbox.group,
                    self._dead_letters_first(inbox.handle),
                    self.dead_letters,
                    inbox.concurrency,
                    inbox.wants,
                )
                return Reader(inbox.group, inbox.topics, keyed, GroupOffsets(), self._namespace)

    def _dead_letters_first(self, handle: Handle) -> Handle:
        """Returns a handler that tries the dead-letter queue first.

        The queue handles the redrive and skip commands for this service. The inbox's handler
        handles all other records.
        """

        async def handle_rest(record: Recorded) -> None:
            if not await self.dead_letters.handle_command(record):
                await handle(record)

        return handle_rest

    async def _start_broker(self) -> None:
        try:
            await self._broker.start()
        except (KafkaError, OSError):
            await self._broker.stop()
            raise

    async def _watch_lag(self) -> None:
        while True:
            for reader in self._readers:
                try:
                    async with asyncio.timeout(_LAG_EVERY_SECONDS):
                        await reader.measure_lag()
                except (KafkaError, OSError, IllegalStateError) as error:
                    _log.warning("lag unknown", inbox=reader.group, error=type(error).__name__)
            await asyncio.sleep(_LAG_EVERY_SECONDS)
