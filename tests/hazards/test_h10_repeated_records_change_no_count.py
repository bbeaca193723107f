"""H10: repeated records, rebuilds, other orders of topics and stale processes change no count."""

import random
from itertools import chain

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from slipway.contracts import vps
from slipway.contracts.envelope import Recorded
from slipway.contracts.topics import topic_of

from tests.support.builders.customer_story import Story
from tests.support.dsl.projecting import Folded


def _eventful() -> list[Recorded]:
    """A late payment, a cancellation with a hold, a parked VPS, a notified incident."""
    story = Story().bought()
    story.applied(story.delivered(99), 100)
    story.entitled("suspended", 100, suspend_at=story.time(150))
    story.wanted("suspended", 101, source=2, suspend_at=story.time(150))
    story.started("suspend", 150, "op2")
    story.suspended(160)
    story.entitled("running", 200)
    story.wanted("running", 201, source=3)
    story.started("resume", 202, "op3")
    story.parked("resume", 230, "auth")
    story.notified(story.incident(230), 232)
    story.resumed(300)
    story.entitled("absent", 400, delete_at=story.time(900))
    story.wanted("absent", 401, source=4, delete_at=story.time(900))
    story.started("delete", 900, "op4")
    story.deleted(930)
    other = Story("loc1:sub2").bought(10)
    other.entitled("absent", 80)
    other.on_vps(vps.VpsDrifted, 90, drift="missing")
    return story.records + other.records


def _by_partition(records: list[Recorded]) -> list[list[Recorded]]:
    partitions: dict[tuple[str, str], list[Recorded]] = {}
    for record in records:
        topic = topic_of(record.stream)
        assert topic is not None
        partitions.setdefault((topic.name, record.stream), []).append(record)
    return list(partitions.values())


def _interleaved(records: list[Recorded], seed: int) -> list[Recorded]:
    """Returns an order that Kafka allows: streams keep theirs, topics may run ahead."""
    queues = [list(part) for part in _by_partition(records)]
    rng, merged = random.Random(seed), []  # noqa: S311 - a shuffle, not a secret
    while queues:
        queue = rng.choice(queues)
        merged.append(queue.pop(0))
        queues = [each for each in queues if each]
    return merged


def test_h10_repeated_records_change_nothing() -> None:
    records = _eventful()
    once = Folded().batch(records)
    twice = Folded().one_by_one(chain.from_iterable((each, each) for each in records))
    twice.batch(records)
    assert twice.buckets == once.buckets
    assert twice.views["tasks"] == once.views["tasks"]


def test_h10_the_records_are_counted_at_all() -> None:
    counts = Folded().batch(_eventful()).counts()
    assert counts.under("tasks.decided") == {"create": 2, "suspend": 1, "resume": 1, "delete": 1}
    assert counts.under("tasks.failed") == {"resume": 1}


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 10_000), cuts=st.integers(1, 12))
def test_h10_any_order_of_topics_in_batches_of_any_size_gives_the_same_buckets(
    seed: int, cuts: int
) -> None:
    records = _eventful()
    end = max(record.time for record in records)
    straight = Folded().batch(records).later(end)
    shuffled = Folded()
    merged = _interleaved(records, seed)
    for start in range(0, len(merged), cuts):
        shuffled.batch(merged[start : start + cuts])
    shuffled.later(end)
    assert shuffled.buckets == straight.buckets


@pytest.mark.parametrize("checked", [150, 3_000, 3_900, 50_000])
def test_h10_checking_the_clock_early_or_late_gives_the_same_counts(checked: int) -> None:
    story = Story().bought(ready_after=3_800)
    story.entitled("absent", 5_000)
    story.wanted("absent", 5_001, source=2)
    plain = Folded().batch(story.records).later(story.time(60_000))
    restless = Folded()
    for record in story.records:
        restless.batch([record]).later(story.time(checked))
    restless.later(story.time(60_000))
    assert restless.buckets == plain.buckets
