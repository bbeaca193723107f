"""H12: what is away for a while, and what is newer than this code, pauses; nothing is set aside."""

from collections.abc import AsyncIterator

import pytest
from slipway.contracts import codec
from slipway.contracts.envelope import Recorded
from slipway.contracts.feedback import SatisfactionVoted
from slipway.eventstore.store import StoreUnavailable

from tests.support.dsl.waiting import eventually
from tests.support.servers.sample_topic import SampleTopic, sample_topic


@pytest.fixture
async def topic(kafka_url: str, namespace: str) -> AsyncIterator[SampleTopic]:
    async with sample_topic(kafka_url, namespace) as found:
        yield found


def _set_aside(topic: SampleTopic) -> list[str]:
    return [stream for stream in topic.store._streams if stream.startswith("deadletter-")]


async def test_h12_an_outage_of_the_store_pauses_consumption_which_then_catches_up_in_order(
    topic: SampleTopic,
) -> None:
    away, tries = True, 0

    def problem(_recorded: Recorded) -> Exception | None:
        nonlocal tries
        tries += 1
        return StoreUnavailable() if away else None

    topic.failing = problem
    async with topic.consuming():
        for version in (1, 2, 3):
            await topic.vote("ada", version)

        async def tried_more_than_a_handler_error_would_be() -> bool:
            return tries > 4

        await eventually(tried_more_than_a_handler_error_would_be)
        assert topic.heard == []
        away = False

        async def caught_up() -> bool:
            return len(topic.heard) >= 3

        await eventually(caught_up)
    assert topic.versions_of("ada") == [1, 2, 3]
    assert _set_aside(topic) == []


async def test_h12_a_type_newer_than_this_code_waits_for_newer_code(
    topic: SampleTopic, monkeypatch: pytest.MonkeyPatch
) -> None:
    registry = {**codec.REGISTRY}
    known = registry.pop(SatisfactionVoted.TYPE)
    monkeypatch.setattr(codec, "REGISTRY", registry)
    seen = False

    async def never(_recorded: Recorded) -> None:
        nonlocal seen
        seen = True

    async with topic.consuming(never) as old:
        await topic.vote("ada", 1)

        async def holds_back() -> bool:
            return old.lag() == 1

        await eventually(holds_back)
    assert not seen
    assert _set_aside(topic) == []
    registry[known.TYPE] = known
    async with topic.consuming():

        async def heard() -> bool:
            return topic.versions_of("ada") == [1]

        await eventually(heard)
