"""H32: while a record waits for a person, later ones of its key wait behind it, in order."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from slipway.contracts.commands import Command, RedriveDeadLetter, SkipDeadLetter
from slipway.contracts.dead_letters import DeadLetterClosed, DeadLetterOpened, RecordRef
from slipway.contracts.envelope import Event, Meta, Recorded
from slipway.messaging.consumer import Consumers
from slipway.messaging.dead_letters import DEAD_LETTER, Waiting
from slipway.notifier.incidents.rules.result import Recovery, Symptom
from slipway.notifier.incidents.rules.table import apply_rules

from tests.support.builders.sample_decider import now
from tests.support.dsl.waiting import eventually
from tests.support.servers.sample_topic import SampleTopic, sample_topic


@pytest.fixture
async def topic(kafka_url: str, namespace: str) -> AsyncIterator[SampleTopic]:
    async with sample_topic(kafka_url, namespace) as found:
        yield found


class Broken:
    """The handler can't take ada's second vote until it is mended."""

    def __init__(self) -> None:
        self.mended = False

    def __call__(self, recorded: Recorded) -> Exception | None:
        bad = recorded.stream == "feedback-ada" and recorded.version == 2
        return ValueError("a bug") if bad and not self.mended else None


async def _queue(topic: SampleTopic) -> Waiting | None:
    for stream in await topic.store.existing(list(topic.store._streams)):
        if stream.startswith("deadletter-"):
            state = (await topic.store.load(DEAD_LETTER, stream)).state
            return state if isinstance(state, Waiting) else None
    return None


async def _three_wait(topic: SampleTopic) -> bool:
    waiting = await _queue(topic)
    return waiting is not None and len(waiting.queue) == 3


async def _votes_that_line_up(topic: SampleTopic) -> None:
    for version in (1, 2, 3, 4):
        await topic.vote("ada", version)
    await topic.vote("bob", 1)


def _asked(command: Command) -> Recorded:
    return Recorded(
        stream=f"command-{command.command_id}",
        version=1,
        time=now(),
        event=command,
        meta=Meta(correlation_id="person"),
    )


@asynccontextmanager
async def _redriving(consumers: Consumers) -> AsyncIterator[None]:
    task = asyncio.create_task(consumers.redriving("one").run())
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def _letter(topic: SampleTopic) -> str:
    waiting = await _queue(topic)
    assert waiting is not None
    return waiting.dead_letter_id


async def _redrive(topic: SampleTopic, command_id: str = "c1") -> RedriveDeadLetter:
    return RedriveDeadLetter(
        command_id=command_id,
        issued_at=now(),
        actor="user:ada",
        reason="mended",
        consumer="tests",
        dead_letter_id=await _letter(topic),
    )


async def test_h32_later_records_of_the_key_wait_and_other_keys_continue(
    topic: SampleTopic,
) -> None:
    topic.failing = Broken()
    async with topic.consuming():
        await _votes_that_line_up(topic)
        await eventually(lambda: _three_wait(topic))

        async def bob_heard() -> bool:
            return topic.versions_of("bob") == [1]

        await eventually(bob_heard)
    assert topic.versions_of("ada") == [1]
    # A restart doesn't let the later ones slip past either.
    async with topic.consuming():
        await topic.vote("ada", 5)

        async def four_wait() -> bool:
            waiting = await _queue(topic)
            return waiting is not None and len(waiting.queue) == 4

        await eventually(four_wait)
    assert topic.versions_of("ada") == [1]


async def test_h32_a_redrive_handles_the_queue_in_order_and_frees_the_key(
    topic: SampleTopic,
) -> None:
    broken = Broken()
    topic.failing = broken
    async with topic.consuming() as consumers, _redriving(consumers):
        await _votes_that_line_up(topic)
        await eventually(lambda: _three_wait(topic))
        broken.mended = True
        command = await _redrive(topic)
        assert await consumers.dead_letters.handle_command(_asked(command))
        assert await consumers.dead_letters.handle_command(_asked(command))

        async def all_heard() -> bool:
            return topic.versions_of("ada") == [1, 2, 3, 4] and await _queue(topic) is None

        await eventually(all_heard)
        await topic.vote("ada", 5)

        async def flows() -> bool:
            return topic.versions_of("ada") == [1, 2, 3, 4, 5]

        await eventually(flows)


async def test_h32_a_redrive_that_fails_leaves_the_queue_as_it_was(topic: SampleTopic) -> None:
    topic.failing = Broken()
    async with topic.consuming() as consumers, _redriving(consumers):
        await _votes_that_line_up(topic)
        await eventually(lambda: _three_wait(topic))
        await consumers.dead_letters.handle_command(_asked(await _redrive(topic)))

        async def failed_again() -> bool:
            [stream] = [name for name in topic.store._streams if name.startswith("deadletter-")]
            types = [record.event.TYPE for record in await topic.store.read(stream)]
            return "slipway.dead-letters.redrive-failed.v1" in types

        await eventually(failed_again)
        assert await _three_wait(topic)
    assert topic.versions_of("ada") == [1]


async def test_h32_a_skip_drops_the_first_record_and_handles_the_rest(topic: SampleTopic) -> None:
    topic.failing = Broken()
    async with topic.consuming() as consumers, _redriving(consumers):
        await _votes_that_line_up(topic)
        await eventually(lambda: _three_wait(topic))
        skip = SkipDeadLetter(
            command_id="c2",
            issued_at=now(),
            actor="user:ada",
            reason="of no use",
            consumer="tests",
            dead_letter_id=await _letter(topic),
        )
        await consumers.dead_letters.handle_command(_asked(skip))

        async def rest_heard() -> bool:
            return topic.versions_of("ada") == [1, 3, 4]

        await eventually(rest_heard)


def test_h32_an_incident_is_open_while_a_key_waits_behind_its_dead_letter() -> None:
    about = {"dead_letter_id": "tests:x", "consumer": "tests", "key": "ada"}
    place = RecordRef(topic="feedback", partition=0, offset=1)
    opened = DeadLetterOpened(**about, record=place, error="ValueError at tests:1")
    [stands] = apply_rules(_recorded(opened))
    [flows] = apply_rules(_recorded(DeadLetterClosed(**about)))
    assert isinstance(stands, Symptom)
    assert isinstance(flows, Recovery)
    assert (flows.cause, flows.subject, flows.affected) == (
        stands.cause,
        stands.subject,
        stands.affected,
    )


def _recorded(event: Event) -> Recorded:
    meta = Meta(correlation_id="story")
    return Recorded(stream="deadletter-tests:x", version=1, time=now(), event=event, meta=meta)
