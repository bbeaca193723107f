"""Reporting's inbox over real Kafka, with its dead letters in a memory store."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from aiokafka import AIOKafkaConsumer
from slipway.contracts import topics
from slipway.eventstore.due_work import Claim, DueWork
from slipway.eventstore.memory import MemoryEventStore
from slipway.messaging.dead_letter_queue import DeadLetterQueue
from slipway.messaging.dead_letters import DEAD_LETTER, Waiting
from slipway.messaging.record_lookup import look_up_record
from slipway.messaging.records import RawRecord
from slipway.reporting.inbox import CONSUMER, BatchInbox, redriven

from tests.support.dsl.waiting import eventually
from tests.support.servers.portal import utcnow

_READ = [topic.name for topic in topics.ALL if topic is not topics.WEBHOOKS]


@dataclass(frozen=True)
class Running:
    inbox: BatchInbox
    store: MemoryEventStore

    async def open_dead_letters(self) -> list[Waiting]:
        """Returns the open dead letters."""
        letters = [stream for stream in self.store._streams if stream.startswith("deadletter-")]
        states = [(await self.store.load(DEAD_LETTER, each)).state for each in letters]
        return [state for state in states if isinstance(state, Waiting)]

    async def waits(self, *, behind: int) -> Waiting:
        """Waits until so many records are queued behind the dead letter; returns its state."""

        async def queue() -> Waiting | None:
            found = await self.open_dead_letters()
            return found[0] if found and len(found[0].queue) > behind else None

        waiting = await eventually(queue)
        assert waiting is not None
        return waiting


@asynccontextmanager
async def running(
    kafka_url: str, namespace: str, writes: Any, store: MemoryEventStore | None = None
) -> AsyncIterator[Running]:
    """`writes` is the projector or a wrapper of it."""
    consumer = AIOKafkaConsumer(
        bootstrap_servers=kafka_url,
        group_id=f"{namespace}.reporting",
        enable_auto_commit=False,
        auto_offset_reset="earliest",
        metadata_max_age_ms=1000,
    )
    store = store or MemoryEventStore(utcnow)
    desk = DeadLetterQueue(store, utcnow, CONSUMER)
    inbox = BatchInbox(consumer, _READ, namespace, writes, desk)

    async def again(topic: str, partition: int, offset: int) -> RawRecord:
        return await look_up_record(
            kafka_url, namespace, topic=topic, partition=partition, offset=offset
        )

    async def step(claim: Claim) -> None:
        await desk.step(claim, {CONSUMER: redriven(writes)}, again)

    due = DueWork(store, DEAD_LETTER.category, step, owner="one", poll_seconds=0.1)
    tasks = [asyncio.create_task(inbox.run()), asyncio.create_task(due.run())]
    try:
        yield Running(inbox, store)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
