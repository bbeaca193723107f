"""H13: a wake-up that comes while a worker holds the stream is not lost by the letting go."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from slipway.eventstore.command_handling import handle
from slipway.eventstore.due_work import DueWork
from slipway.eventstore.memory import MemoryEventStore
from slipway.eventstore.mongo import MongoEventStore
from slipway.eventstore.store import Claim, EventStore

from tests.support.builders.sample_decider import DECIDER, META, Say, ago, now
from tests.support.dsl.waiting import eventually
from tests.support.servers.databases import fresh_database


@pytest.fixture(params=["memory", pytest.param("mongo", marks=pytest.mark.backing)])
async def store(request: pytest.FixtureRequest) -> AsyncIterator[EventStore]:
    if request.param == "memory":
        yield MemoryEventStore(now)
        return
    async with fresh_database(request.getfixturevalue("mongodb_url")) as database:
        found = MongoEventStore(database)
        await found.prepare()
        yield found


async def _say(store: EventStore, command: Say) -> None:
    await handle(store, DECIDER, "feedback-ada", command, now=now(), meta=META)


async def _claimed(store: EventStore) -> list[Claim]:
    return await store.claim("feedback", "next", 30, 1)


async def test_h13_a_release_keeps_a_due_time_that_was_set_meanwhile(store: EventStore) -> None:
    await _say(store, Say(3, again_at=ago(1)))
    [claim] = await store.claim("feedback", "one", 30, 1)
    await _say(store, Say(4, again_at=ago(1)))
    await store.release(claim)
    assert await _claimed(store)


async def test_h13_a_worker_that_saw_nothing_to_do_cannot_clear_a_newer_due_time(
    store: EventStore,
) -> None:
    await _say(store, Say(3, again_at=ago(1)))
    [claim] = await store.claim("feedback", "one", 30, 1)
    await _say(store, Say(4, again_at=ago(1)))
    assert not await store.reschedule(claim, None)
    assert not await store.postpone(claim, 3600)
    await store.release(claim)
    assert await _claimed(store)


async def test_h13_a_late_worker_leaves_the_next_workers_lease_alone(store: EventStore) -> None:
    await _say(store, Say(3, again_at=ago(1)))
    [late] = await store.claim("feedback", "one", 0, 1)

    async def taken_over() -> list[Claim]:
        return await store.claim("feedback", "two", 30, 1)

    await eventually(taken_over)
    await store.release(late)
    assert not await store.reschedule(late, ago(2))
    assert not await store.postpone(late, 0)
    assert await _claimed(store) == []


async def test_h13_the_sweep_finds_stuck_streams(store: EventStore) -> None:
    await _say(store, Say(1))
    assert await _claimed(store) == []
    assert await store.sweep("feedback") == ["feedback-ada"]
    assert await _claimed(store)


async def test_h13_due_work_sweeps_regularly(store: EventStore) -> None:
    await _say(store, Say(1))
    done: list[str] = []

    async def step(claim: Claim) -> None:
        done.append(claim.stream)
        await _say(store, Say(5))

    task = asyncio.create_task(DueWork(store, "feedback", step, owner="one").run())

    async def swept_and_done() -> bool:
        return done == ["feedback-ada"]

    try:
        await eventually(swept_and_done)
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
