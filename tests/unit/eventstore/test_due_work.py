"""Due work on the store in memory: due steps run, whatever a step or the store does."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from slipway.eventstore.command_handling import handle
from slipway.eventstore.due_work import DueWork
from slipway.eventstore.memory import MemoryEventStore
from slipway.eventstore.store import Claim, EventStore, StoreUnavailable, VersionConflict

from tests.support.builders.sample_decider import DECIDER, META, Heard, Say, ago, now
from tests.support.dsl.waiting import eventually
from tests.support.fakes.clock import HandClock


@asynccontextmanager
async def _working(
    store: EventStore, step: Callable[[Claim], Awaitable[None]], *, concurrency: int = 16
) -> AsyncIterator[DueWork]:
    work = DueWork(store, "feedback", step, owner="one", concurrency=concurrency, poll_seconds=0.02)
    task = asyncio.create_task(work.run())
    try:
        yield work
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def _say(store: EventStore, stream: str, command: Say) -> None:
    await handle(store, DECIDER, stream, command, now=now(), meta=META)


async def _scores(store: EventStore, stream: str) -> tuple[int, ...]:
    state = (await store.load(DECIDER, stream)).state
    return state.scores if isinstance(state, Heard) else ()


async def test_a_due_stream_gets_one_step_and_then_none() -> None:
    store = MemoryEventStore(now)

    async def answer(claim: Claim) -> None:
        await _say(store, claim.stream, Say(5))

    async with _working(store, answer):
        for number in range(30):
            await _say(store, f"feedback-{number}", Say(3, again_at=ago(0)))

        async def all_answered() -> bool:
            found = [await _scores(store, f"feedback-{number}") for number in range(30)]
            return found == [(3, 5)] * 30

        await eventually(all_answered)


async def test_a_step_that_leaves_more_to_do_is_followed_by_the_next() -> None:
    store = MemoryEventStore(now)

    async def answer(claim: Claim) -> None:
        said = len(await _scores(store, claim.stream))
        await _say(store, claim.stream, Say(4, again_at=ago(0) if said < 5 else None))

    async with _working(store, answer):
        await _say(store, "feedback-ada", Say(3, again_at=ago(0)))

        async def done() -> bool:
            return len(await _scores(store, "feedback-ada")) == 6

        await eventually(done)


async def test_a_step_that_raises_is_retried_later_and_delays_no_other_stream() -> None:
    clock = HandClock(now())
    store = MemoryEventStore(clock)
    tries = 0

    async def stumble(claim: Claim) -> None:
        nonlocal tries
        if claim.stream == "feedback-bad":
            tries += 1
            if tries == 1:
                raise RuntimeError("a bug")
        await _say(store, claim.stream, Say(5))

    async with _working(store, stumble, concurrency=1) as work:
        await _say(store, "feedback-bad", Say(3, again_at=ago(2)))
        await _say(store, "feedback-good", Say(3, again_at=ago(1)))

        async def good_done() -> bool:
            return await _scores(store, "feedback-good") == (3, 5)

        await eventually(good_done)
        assert work.failing == 1
        assert tries == 1
        clock.forward(2)

        async def bad_done() -> bool:
            return await _scores(store, "feedback-bad") == (3, 5)

        await eventually(bad_done)
        assert work.failing == 0


async def test_a_conflict_is_no_failure() -> None:
    store = MemoryEventStore(now)

    async def overtaken(claim: Claim) -> None:
        await _say(store, claim.stream, Say(5))
        raise VersionConflict(claim.stream)

    async with _working(store, overtaken) as work:
        await _say(store, "feedback-ada", Say(3, again_at=ago(0)))

        async def done() -> bool:
            return await _scores(store, "feedback-ada") == (3, 5)

        await eventually(done)
        assert work.failing == 0


async def test_due_work_continues_after_an_outage_of_the_store() -> None:
    class Flaky(MemoryEventStore):
        away = True

        async def claim(
            self, category: str, owner: str, lease_seconds: float, limit: int
        ) -> list[Claim]:
            if self.away:
                raise StoreUnavailable
            return await super().claim(category, owner, lease_seconds, limit)

    store = Flaky(now)

    async def answer(claim: Claim) -> None:
        await _say(store, claim.stream, Say(5))

    async with _working(store, answer):
        await _say(store, "feedback-ada", Say(3, again_at=ago(0)))
        await asyncio.sleep(0)
        store.away = False

        async def done() -> bool:
            return await _scores(store, "feedback-ada") == (3, 5)

        await eventually(done)


async def test_a_stop_waits_for_the_running_step() -> None:
    store = MemoryEventStore(now)
    begun = asyncio.Event()
    go = asyncio.Event()

    async def slow(claim: Claim) -> None:
        begun.set()
        await go.wait()
        await _say(store, claim.stream, Say(5))

    async with _working(store, slow):
        await _say(store, "feedback-ada", Say(3, again_at=ago(0)))
        await begun.wait()
        asyncio.get_running_loop().call_later(0.05, go.set)
    assert await _scores(store, "feedback-ada") == (3, 5)


class _NotingReleases(MemoryEventStore):
    def __init__(self) -> None:
        super().__init__(now)
        self.released: list[int] = []

    async def release(self, claim: Claim) -> None:
        self.released.append(claim.version)
        await super().release(claim)


async def test_a_step_that_postpones_itself_releases_the_stream_and_runs_again() -> None:
    """One durable write less for each look at something that is not done yet."""
    store, steps = _NotingReleases(), list[str]()

    async def step(claim: Claim) -> None:
        steps.append(claim.owner)
        if len(steps) < 3:
            await store.postpone(claim, 0.01)
        else:
            await _say(store, claim.stream, Say(5))

    async with _working(store, step):
        await _say(store, "feedback-ada", Say(3, again_at=ago(0)))

        async def done() -> bool:
            return await _scores(store, "feedback-ada") == (3, 5) and bool(store.released)

        await eventually(done)
    assert len(steps) == 3
    assert store.released == [1]
