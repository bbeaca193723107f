"""Health is whether waiting records are taken, not whether a ping is answered."""

import time

import pytest
from slipway.contracts import topics
from slipway.contracts.envelope import Recorded
from slipway.eventstore.memory import MemoryEventStore
from slipway.messaging.consumer import Consumers, Inbox, Member

from tests.support.builders.sample_decider import now


async def _nothing(_: Recorded) -> None:
    return


@pytest.mark.parametrize(
    ("lag", "idle_seconds", "alive"),
    [(0, 3600, True), (5, 10, True), (5, 61, False)],
    ids=["nothing waits", "at work", "stuck"],
)
async def test_a_consumer_without_progress_for_a_minute_is_not_live(
    lag: int, idle_seconds: float, *, alive: bool
) -> None:
    inboxes = [Inbox(f"tests.{n}", [topics.FEEDBACK], _nothing) for n in range(2)]
    consumers = Consumers(
        "nowhere:1", "test", inboxes, MemoryEventStore(now), now, Member("tests", "one")
    )
    reader = consumers._readers[1]
    reader.lag, reader.last_progress = lag, time.monotonic() - idle_seconds
    assert consumers.progress() is alive
    assert consumers.lag() == lag
