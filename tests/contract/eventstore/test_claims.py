"""Which worker may work on a due stream, for how long, and what a lease's holder may change."""

import asyncio
from collections.abc import Awaitable, Callable

from slipway.eventstore.documents import to_millis
from slipway.eventstore.store import EventStore
from slipway.eventstore.stream import Claim

from tests.support.builders.sample_decider import Say, ago
from tests.support.dsl.waiting import eventually

Saying = Callable[..., Awaitable[int]]


async def test_only_due_streams_are_claimed_and_each_by_one_worker(
    store: EventStore, say: Saying
) -> None:
    await say("feedback-now", Say(3, again_at=ago(1)))
    await say("feedback-later", Say(3, again_at=ago(-3600)))
    await say("feedback-never", Say(3))
    claimed = await asyncio.gather(
        *(store.claim("feedback", f"w{number}", 30, 10) for number in range(8))
    )
    assert [claim.stream for claims in claimed for claim in claims] == ["feedback-now"]
    assert await store.claim("incident", "w", 30, 10) == []


async def test_the_longest_due_comes_first(store: EventStore, say: Saying) -> None:
    for seconds in (5, 50, 20):
        await say(f"feedback-{seconds}", Say(3, again_at=ago(seconds)))
    claims = await store.claim("feedback", "w", 30, 2)
    assert [claim.stream for claim in claims] == ["feedback-50", "feedback-20"]


async def test_a_released_or_ended_lease_can_be_claimed_again(
    store: EventStore, say: Saying
) -> None:
    await say("feedback-ada", Say(3, again_at=ago(1)))
    [claim] = await store.claim("feedback", "one", 30, 1)
    await store.release(claim)
    assert await store.claim("feedback", "two", 0.05, 1)
    third = await eventually(lambda: store.claim("feedback", "three", 30, 1))
    assert third == [Claim("feedback-ada", 1, "three")]
    await store.release(Claim("feedback-ada", 1, "two"))
    assert await store.claim("feedback", "four", 30, 1) == []


async def test_only_the_leases_from_before_a_restart_are_released(
    store: EventStore, say: Saying
) -> None:
    await say("feedback-now", Say(3, ago(5)))
    await say("feedback-other", Say(3, ago(4)))
    assert len(await store.claim("feedback", "one#1", 30, 1)) == 1
    assert len(await store.claim("feedback", "one-more#1", 30, 1)) == 1
    await store.release_leases_of("incident", "one")
    assert await store.claim("feedback", "two#1", 30, 9) == []
    await store.release_leases_of("feedback", "one")
    claims = await store.claim("feedback", "one#2", 30, 9)
    assert [claim.stream for claim in claims] == ["feedback-now"]


async def test_a_reschedule_holds_only_for_the_claimed_version(
    store: EventStore, say: Saying
) -> None:
    await say("feedback-ada", Say(3, again_at=ago(1)))
    [claim] = await store.claim("feedback", "one", 30, 1)
    earlier = to_millis(ago(60))
    assert await store.reschedule(claim, earlier)
    assert await store.oldest_due("feedback") == earlier
    [claim] = await store.claim("feedback", "two", 30, 1)
    await say("feedback-ada", Say(4, again_at=ago(5)))
    assert not await store.reschedule(claim, None)
    assert not await store.postpone(claim, 60)
    assert not claim.lease.ended
    assert await store.claim("feedback", "three", 30, 1) == []
    await store.release(claim)
    assert await store.claim("feedback", "four", 30, 1)


async def test_a_worker_that_lost_its_lease_cannot_move_the_due_time(
    store: EventStore, say: Saying
) -> None:
    due = to_millis(ago(1))
    await say("feedback-ada", Say(3, again_at=due))
    [late] = await store.claim("feedback", "one", 0, 1)
    await eventually(lambda: store.claim("feedback", "two", 30, 1))
    assert not await store.reschedule(late, None)
    assert not await store.postpone(late, 60)
    assert await store.oldest_due("feedback") == due
    assert await store.claim("feedback", "three", 30, 1) == []


async def test_a_postponed_stream_is_due_after_that_time(store: EventStore, say: Saying) -> None:
    await say("feedback-ada", Say(3, again_at=ago(1)))
    [claim] = await store.claim("feedback", "one", 30, 1)
    assert await store.postpone(claim, 0.1)
    assert claim.lease.ended
    assert await store.claim("feedback", "two", 30, 1) == []
    assert await eventually(lambda: store.claim("feedback", "three", 30, 1))


async def test_the_sweep_makes_open_streams_without_a_due_time_due(
    store: EventStore, say: Saying
) -> None:
    await say("feedback-stuck", Say(1))
    await say("feedback-happy", Say(5))
    assert await store.sweep("feedback") == ["feedback-stuck"]
    assert await eventually(lambda: store.claim("feedback", "w", 30, 9)) == [
        Claim("feedback-stuck", 1, "w")
    ]
