"""H1: the offset of a record that was not handled is never committed, whatever stopped it."""

from collections.abc import AsyncIterator, Sequence

import pytest
from slipway.contracts import topics
from slipway.contracts.envelope import Recorded
from slipway.eventstore.store import StoreUnavailable
from slipway.messaging.batch import Stop
from slipway.messaging.offsets import GroupOffsets
from slipway.messaging.reader import Reader
from slipway.messaging.records import RawRecord

from tests.support.dsl.waiting import eventually
from tests.support.servers.sample_topic import SampleTopic, sample_topic


@pytest.fixture
async def topic(kafka_url: str, namespace: str) -> AsyncIterator[SampleTopic]:
    async with sample_topic(kafka_url, namespace) as found:
        yield found


async def test_h01_a_process_that_stops_during_an_outage_commits_nothing_that_it_did_not_handle(
    topic: SampleTopic,
) -> None:
    tries = 0

    def away(recorded: Recorded) -> Exception | None:
        nonlocal tries
        tries += recorded.version == 2
        return StoreUnavailable() if recorded.version == 2 else None

    topic.failing = away
    for version in (1, 2, 3):
        await topic.vote("ada", version)
    async with topic.consuming():

        async def was_tried() -> bool:
            return tries > 1

        await eventually(was_tried)
    topic.failing = lambda _recorded: None
    async with topic.consuming():

        async def caught_up() -> bool:
            return 3 in topic.versions_of("ada")

        await eventually(caught_up)
    assert topic.versions_of("ada") == [1, 2, 3]


class _BrokenBatch:
    async def take(self, records: Sequence[RawRecord]) -> list[Stop]:
        raise RuntimeError(f"{len(records)} records, and a bug")

    async def handle_one(self, record: RawRecord) -> None:
        """The loop does not call this."""


async def test_h01_after_an_unexpected_error_no_record_of_the_batch_counts_as_handled() -> None:
    reader = Reader("tests", [topics.FEEDBACK], _BrokenBatch(), GroupOffsets(), "here")
    polled = [RawRecord("feedback", 0, offset, b"", b"", {}, 0) for offset in (5, 6)]
    stops = await reader._take(polled)
    assert [(stop.partition, stop.offset) for stop in stops] == [(0, 5), (0, 6)]
