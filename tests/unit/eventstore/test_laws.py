"""Laws of the engine over generated stories: folding, races, a death between any two steps."""

import asyncio
from datetime import UTC, datetime
from typing import Any, TypeVar

from hypothesis import given, settings
from hypothesis import strategies as st
from slipway.contracts.feedback import SatisfactionVoted
from slipway.eventstore.command_handling import handle
from slipway.eventstore.decider import Decider
from slipway.eventstore.memory import MemoryEventStore
from slipway.eventstore.store import EventStore, VersionConflict
from slipway.eventstore.stream import Stream

from tests.support.builders.sample_decider import DECIDER, META, NEWER, Say

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
S = TypeVar("S")
SCORES = st.lists(st.integers(1, 5), max_size=30)


def _store() -> MemoryEventStore:
    return MemoryEventStore(lambda: NOW)


async def _fold_of_all(store: EventStore, stream: str) -> object:
    events = [record.event for record in await store.read(stream)]
    return DECIDER.fold(event for event in events if isinstance(event, SatisfactionVoted))


@given(SCORES, st.sets(st.integers(0, 30)))
def test_the_state_is_the_fold_of_all_events_whichever_code_wrote_it(
    scores: list[int], by_newer_code: set[int]
) -> None:
    async def story() -> None:
        store = _store()
        for number, score in enumerate(scores):
            decider = NEWER if number in by_newer_code else DECIDER
            await handle(store, decider, "feedback-ada", Say(score), now=NOW, meta=META)
            for reader in (DECIDER, NEWER):
                state = (await store.load(reader, "feedback-ada")).state
                assert state == await _fold_of_all(store, "feedback-ada")

    asyncio.run(story())


@given(SCORES, st.integers(0, 30))
def test_a_command_repeated_after_a_death_counts_once(scores: list[int], dies_at: int) -> None:
    """Died after the append, before anyone was told: the same command comes again."""

    async def story() -> None:
        store = _store()
        for number, score in enumerate(scores):
            say = Say(score, once=True)
            await handle(store, DECIDER, "feedback-ada", say, now=NOW, meta=META)
            if number == dies_at:
                await handle(store, DECIDER, "feedback-ada", say, now=NOW, meta=META)
        heard = [record.event for record in await store.read("feedback-ada")]
        said = [event.score for event in heard if isinstance(event, SatisfactionVoted)]
        assert said == list(dict.fromkeys(scores))

    asyncio.run(story())


class _Interleaved(MemoryEventStore):
    """Gives way at every call, so that writers race as they do over a network."""

    async def load(self, decider: Decider[Any, S], stream: str) -> Stream[S]:
        loaded = await super().load(decider, stream)
        await asyncio.sleep(0)
        return loaded


@settings(deadline=None)
@given(st.lists(SCORES, max_size=5))
def test_racing_writers_lose_no_event_and_append_none_twice(writers: list[list[int]]) -> None:
    async def write(store: EventStore, scores: list[int]) -> None:
        for score in scores:
            await handle(store, DECIDER, "feedback-ada", Say(score), now=NOW, meta=META)

    async def story() -> None:
        store = _Interleaved(lambda: NOW)
        await asyncio.gather(*(write(store, scores) for scores in writers))
        recorded = await store.read("feedback-ada")
        assert [record.version for record in recorded] == list(range(1, len(recorded) + 1))
        heard = [
            record.event.score for record in recorded if isinstance(record.event, SatisfactionVoted)
        ]
        assert sorted(heard) == sorted(score for scores in writers for score in scores)
        state = (await store.load(DECIDER, "feedback-ada")).state
        assert state == await _fold_of_all(store, "feedback-ada")

    asyncio.run(story())


@given(SCORES)
def test_a_writer_that_stalled_gets_a_version_conflict(scores: list[int]) -> None:
    async def story() -> None:
        store = _store()
        stalled = await store.load(DECIDER, "feedback-ada")
        for score in scores:
            await handle(store, DECIDER, "feedback-ada", Say(score), now=NOW, meta=META)
        events = DECIDER.decide(Say(5), stalled.state)
        try:
            await store.append(DECIDER, stalled, events, now=NOW, meta=META)
        except VersionConflict:
            assert scores
        else:
            assert not scores

    asyncio.run(story())
