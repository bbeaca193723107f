"""A worker that dies before or after any call to the store: the work is still done once."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any, TypeVar

import pytest
from slipway.eventstore.command_handling import handle
from slipway.eventstore.decider import Decider
from slipway.eventstore.due_work import DueWork
from slipway.eventstore.memory import MemoryEventStore
from slipway.eventstore.stream import Claim, Stream

from tests.support.builders.sample_decider import DECIDER, META, Heard, Say

S = TypeVar("S")
T = TypeVar("T")
STREAMS = [f"feedback-{number}" for number in range(3)]
START = datetime(2026, 11, 23, 12, tzinfo=UTC)


class Mortal(MemoryEventStore):
    """The store as one worker reaches it: from its death on, no call of its ever comes back."""

    def __init__(self) -> None:
        self.now = START
        super().__init__(lambda: self.now)
        self.calls = 0
        self.dies_at: int | None = None
        self.dies_before = False
        self.busy: Callable[[], bool] = lambda: False
        self.over = asyncio.Event()
        """Dead, or nothing left to do."""

    async def _at(self, call: Callable[[], Awaitable[T]]) -> T:
        number, self.calls = self.calls, self.calls + 1
        dies = number == self.dies_at
        if self.over.is_set() or (dies and self.dies_before):
            await self._die()
        found = await call()
        if dies:
            await self._die()
        return found

    async def _die(self) -> None:
        self.over.set()
        await asyncio.Event().wait()

    async def load(self, decider: Decider[Any, S], stream: str) -> Stream[S]:
        return await self._at(partial(super().load, decider, stream))

    async def append(self, *args: Any, **more: Any) -> Any:
        return await self._at(partial(super().append, *args, **more))

    async def claim(self, *args: Any) -> list[Claim]:
        found = await self._at(partial(super().claim, *args))
        if not found and not self.busy():
            self.over.set()
        return found

    async def release(self, claim: Claim) -> None:
        await self._at(partial(super().release, claim))


async def _lives(store: Mortal) -> None:
    """One worker's life, until its death or until nothing is due."""

    async def step(claim: Claim) -> None:
        answer = Say(5, once=True)
        await handle(store, DECIDER, claim.stream, answer, now=store.now, meta=META)

    store.over.clear()
    work = DueWork(store, "feedback", step, owner="one", poll_seconds=0.001)
    store.busy = lambda: bool(work._running)
    running = asyncio.create_task(work.run())
    await store.over.wait()
    tasks = {running, *work._running}
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    # The dead one's leases end by time.
    store.now += timedelta(seconds=31)


async def _story(dies_at: int | None, *, dies_before: bool) -> Mortal:
    store = Mortal()
    for stream in STREAMS:
        asked = Say(3, again_at=START)
        await handle(store, DECIDER, stream, asked, now=START, meta=META)
    store.calls, store.dies_at, store.dies_before = 0, dies_at, dies_before
    await _lives(store)
    store.dies_at = None
    await _lives(store)
    return store


@pytest.mark.parametrize("dies_before", [True, False])
async def test_after_any_death_of_a_worker_the_next_one_finishes_the_work_once(
    *, dies_before: bool
) -> None:
    calls = (await _story(None, dies_before=False)).calls
    assert calls > 3 * len(STREAMS)
    for dies_at in range(calls):
        store = await _story(dies_at, dies_before=dies_before)
        store.over.clear()
        for stream in STREAMS:
            loaded = await store.load(DECIDER, stream)
            assert loaded.state == Heard((3, 5)), f"died at call {dies_at}"
            assert loaded.due_at is None
