"""Reporting's inbox over real Kafka, with its dead letters in a memory store."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from slipway.eventstore.memory import MemoryEventStore
from slipway.messaging.consumer import Consumers, Member, ViewInbox
from slipway.messaging.dead_letters import DEAD_LETTER, Waiting
from slipway.reporting.wiring import PROJECTED

from tests.support.dsl.waiting import eventually
from tests.support.servers.portal import utcnow


@dataclass(frozen=True)
class Running:
    consumers: Consumers
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
    kafka_url: str,
    namespace: str,
    views: Any,
    store: MemoryEventStore | None = None,
    instance: str = "one",
) -> AsyncIterator[Running]:
    """`views` is the projector or a wrapper of it."""
    store = store or MemoryEventStore(utcnow)
    inbox, member = ViewInbox("reporting", PROJECTED, views), Member("reporting", instance)
    consumers = Consumers(kafka_url, namespace, [inbox], store, utcnow, member)
    due = consumers.redriving(instance, poll_seconds=0.1)
    tasks = [asyncio.create_task(consumers.run()), asyncio.create_task(due.run())]
    try:
        yield Running(consumers, store)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
