"""H13: a wake-up that comes while a worker holds the stream is not lost by the letting go."""

from slipway.eventstore.command_handling import handle
from slipway.eventstore.memory import MemoryEventStore
from slipway.eventstore.store import Claim, EventStore

from tests.support.ballots import DECIDER, META, Say, ago, now


async def _say(store: EventStore, command: Say) -> None:
    await handle(store, DECIDER, "feedback-ada", command, now=now(), meta=META)


async def _claimed(store: EventStore) -> list[Claim]:
    return await store.claim("feedback", "next", 30, 1)


async def test_h13_a_release_leaves_the_due_time_that_came_meanwhile() -> None:
    store = MemoryEventStore(now)
    await _say(store, Say(3, again_at=ago(1)))
    [claim] = await store.claim("feedback", "one", 30, 1)
    await _say(store, Say(4, again_at=ago(1)))
    await store.release(claim)
    assert await _claimed(store)


async def test_h13_a_worker_that_saw_nothing_to_do_cannot_clear_a_newer_due_time() -> None:
    store = MemoryEventStore(now)
    await _say(store, Say(3, again_at=ago(1)))
    [claim] = await store.claim("feedback", "one", 30, 1)
    await _say(store, Say(4, again_at=ago(1)))
    assert not await store.reschedule(claim, None)
    await store.release(claim)
    assert await _claimed(store)


async def test_h13_what_is_stuck_open_is_swept_up() -> None:
    store = MemoryEventStore(now)
    await _say(store, Say(1))
    assert await _claimed(store) == []
    assert await store.sweep("feedback") == ["feedback-ada"]
    assert await _claimed(store)
