"""The guarantees of an event store, checked on MongoDB and on its twin in memory."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest
from slipway.contracts.feedback import SatisfactionVoted
from slipway.eventstore.command_handling import handle
from slipway.eventstore.documents import to_millis
from slipway.eventstore.store import EventStore, EventTooLarge, NewStream, VersionConflict

from tests.support.builders.sample_decider import (
    COMPLAINTS,
    DECIDER,
    META,
    NEWER,
    NOTEBOOK,
    Complaint,
    Heard,
    Say,
    Silent,
    now,
    vote,
)

Saying = Callable[..., Awaitable[int]]


async def test_a_stream_that_is_not_there_is_empty_at_version_0(store: EventStore) -> None:
    stream = await store.load(DECIDER, "feedback-nobody")
    assert (stream.version, stream.state) == (0, Silent())
    assert await store.read("feedback-nobody") == []


async def test_what_was_appended_is_read_back_in_order_with_its_meta(store: EventStore) -> None:
    at = now()
    none = await store.load(DECIDER, "feedback-ada")
    first = vote(3)
    one = await store.append(DECIDER, none, [first], now=at, meta=META)
    two = await store.append(DECIDER, one, [vote(4), vote(5)], now=at, meta=META)
    assert (two.version, two.state) == (3, Heard((3, 4, 5)))
    assert await store.load(DECIDER, "feedback-ada") == two
    recorded = await store.read("feedback-ada")
    assert [record.version for record in recorded] == [1, 2, 3]
    assert recorded[0].event == first
    assert recorded[0].meta == META
    assert recorded[0].time == to_millis(at)
    assert [record.version for record in await store.read("feedback-ada", 2)] == [3]


async def test_handling_returns_the_events_as_a_reader_will_see_them(store: EventStore) -> None:
    handled = await handle(store, DECIDER, "feedback-ada", Say(2), now=now(), meta=META)
    assert handled.recorded == await store.read("feedback-ada")


async def test_an_append_to_an_older_version_conflicts(store: EventStore, say: Saying) -> None:
    old = await store.load(DECIDER, "feedback-ada")
    await say("feedback-ada", Say(3))
    with pytest.raises(VersionConflict):
        await store.append(DECIDER, old, [vote(1)], now=now(), meta=META)
    held = await store.load(DECIDER, "feedback-ada")
    await say("feedback-ada", Say(4))
    with pytest.raises(VersionConflict):
        await store.append(DECIDER, held, [vote(1)], now=now(), meta=META)
    assert len(await store.read("feedback-ada")) == 2


async def test_twenty_racing_writers_append_exactly_once_each(
    store: EventStore, say: Saying
) -> None:
    await asyncio.gather(*(say("feedback-ada", Say(score % 5 + 1)) for score in range(20)))
    stream = await store.load(DECIDER, "feedback-ada")
    recorded = await store.read("feedback-ada")
    assert [record.version for record in recorded] == list(range(1, 21))
    events = [record.event for record in recorded if isinstance(record.event, SatisfactionVoted)]
    assert stream.state == DECIDER.fold(events)


async def test_an_expected_version_is_not_retried(store: EventStore, say: Saying) -> None:
    await say("feedback-ada", Say(3))
    with pytest.raises(VersionConflict):
        await handle(
            store, DECIDER, "feedback-ada", Say(4), now=now(), meta=META, expected_version=0
        )


async def test_a_command_that_changes_nothing_writes_nothing(
    store: EventStore, say: Saying
) -> None:
    await say("feedback-ada", Say(3, once=True))
    assert await say("feedback-ada", Say(3, once=True)) == 1


async def test_first_appends_leave_streams_that_exist_alone(store: EventStore, say: Saying) -> None:
    await say("feedback-bob", Say(2))
    firsts = [
        NewStream(f"feedback-{name}", [vote(5)], now(), META) for name in ("ada", "bob", "eve")
    ]
    assert await store.create_streams(DECIDER, firsts) == [True, False, True]
    assert (await store.load(DECIDER, "feedback-bob")).state == Heard((2,))
    assert (await store.load(DECIDER, "feedback-eve")).state == Heard((5,))
    assert await store.create_streams(DECIDER, firsts) == [False, False, False]


async def test_an_event_too_large_to_publish_is_refused_before_it_is_written(
    store: EventStore,
) -> None:
    none = await store.load(DECIDER, "feedback-ada")
    huge = vote(5).model_copy(update={"comment": "x" * 1_100_000})
    with pytest.raises(EventTooLarge):
        await store.append(DECIDER, none, [vote(4), huge], now=now(), meta=META)
    assert await store.read("feedback-ada") == []


async def test_an_append_that_is_too_much_in_all_is_refused_before_it_is_written(
    store: EventStore,
) -> None:
    none = await store.load(DECIDER, "feedback-ada")
    large = [vote(5).model_copy(update={"comment": "x" * 1_000_000})] * 12
    with pytest.raises(EventTooLarge):
        await store.append(DECIDER, none, large, now=now(), meta=META)
    assert await store.read("feedback-ada") == []


async def test_large_events_one_after_the_other_are_all_kept(store: EventStore) -> None:
    """Twenty megabytes in a stream: more than a document of MongoDB takes."""
    stream = await store.load(COMPLAINTS, "feedback-ada")
    large = vote(5).model_copy(update={"comment": "x" * 1_000_000})
    for _ in range(20):
        stream = await store.append(COMPLAINTS, stream, [large], now=now(), meta=META)
    recorded = await store.read("feedback-ada")
    assert [record.version for record in recorded] == list(range(1, 21))
    assert (await store.load(COMPLAINTS, "feedback-ada")).state.heard == 20


async def test_a_body_that_looks_like_an_expression_is_only_text(store: EventStore) -> None:
    stream = await store.load(DECIDER, "feedback-ada")
    sly = vote(5).model_copy(update={"admin": "$version"})
    await store.append(DECIDER, stream, [sly], now=now(), meta=META)
    assert (await store.read("feedback-ada"))[0].event == sly


async def test_older_code_adds_events_and_leaves_a_newer_snapshot_alone(
    store: EventStore,
) -> None:
    await handle(store, NEWER, "feedback-ada", Say(3), now=now(), meta=META)
    await handle(store, DECIDER, "feedback-ada", Say(4), now=now(), meta=META)
    assert (await store.load(NEWER, "feedback-ada")).state == Heard((3, 4))
    assert (await store.load(DECIDER, "feedback-ada")).state == Heard((3, 4))
    await handle(store, NEWER, "feedback-ada", Say(5), now=now(), meta=META)
    assert (await store.load(NEWER, "feedback-ada")).state == Heard((3, 4, 5))


async def test_a_long_stream_reads_and_folds_as_a_short_one(store: EventStore, say: Saying) -> None:
    stream = await store.load(DECIDER, "feedback-ada")
    scores = [number % 5 + 1 for number in range(450)]
    for start in range(0, 450, 45):
        events = [vote(score) for score in scores[start : start + 45]]
        stream = await store.append(DECIDER, stream, events, now=now(), meta=META)
    recorded = await store.read("feedback-ada")
    assert [record.version for record in recorded] == list(range(1, 451))
    assert (await store.load(NEWER, "feedback-ada")).state == Heard(tuple(scores))
    assert [record.version for record in await store.read("feedback-ada", 440)] == list(
        range(441, 451)
    )


async def test_existing_returns_the_streams_that_exist(store: EventStore, say: Saying) -> None:
    await say("feedback-ada", Say(3))
    assert await store.existing(["feedback-ada", "feedback-bob"]) == {"feedback-ada"}
    assert await store.existing([]) == set()


async def test_open_streams_are_found_by_a_value_in_their_state(store: EventStore) -> None:
    said = {"feedback-ada": (1, 2), "feedback-bob": (2, 5), "feedback-eve": (3,)}
    for stream, scores in said.items():
        for score in scores:
            await handle(store, NOTEBOOK, stream, Say(score), now=now(), meta=META)

    async def found(**any_of: list[str]) -> set[str]:
        paths = {path.replace("__", "."): values for path, values in any_of.items()}
        return {stream.id for stream in await store.find_open(NOTEBOOK, paths)}

    assert await found(notes__word=["2"]) == {"feedback-ada"}, "bob's is closed"
    assert await found(notes__word=["2", "3"]) == {"feedback-ada", "feedback-eve"}
    assert await found(notes__word=["9"], first=["3"]) == {"feedback-eve"}
    assert await found(nothing__word=["2"]) == set()


async def test_streams_are_found_by_a_field_of_their_state(store: EventStore, say: Saying) -> None:
    for stream, score in (("feedback-ada", 1), ("feedback-bob", 5), ("feedback-eve", 2)):
        await handle(store, COMPLAINTS, stream, Say(score), now=now(), meta=META)
    found = await store.find_by_state_field(COMPLAINTS, "latest")
    assert {stream.id: stream.state.latest for stream in found} == {
        "feedback-ada": Complaint(1),
        "feedback-eve": Complaint(2),
    }
    await handle(store, COMPLAINTS, "feedback-ada", Say(5), now=now(), meta=META)
    assert [stream.id for stream in await store.find_by_state_field(COMPLAINTS, "latest")] == [
        "feedback-eve"
    ]
    assert await store.find_by_state_field(COMPLAINTS, "heard") == [], "a number is no object"
    assert await store.find_by_state_field(COMPLAINTS, "nothing") == []
