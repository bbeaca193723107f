"""The consumer on a real Kafka: order, redelivery, unreadable and large records."""

import asyncio
import sys
from collections.abc import AsyncIterator, Sequence

import pytest
from slipway.contracts import topics
from slipway.contracts.envelope import Recorded
from slipway.messaging.consumer import SESSION_MS, RawInbox, RawRecord

from tests.support.dsl.waiting import eventually
from tests.support.servers.sample_topic import SampleTopic, sample_topic


@pytest.fixture
async def topic(kafka_url: str, namespace: str) -> AsyncIterator[SampleTopic]:
    async with sample_topic(kafka_url, namespace) as found:
        yield found


async def test_each_key_keeps_its_order_while_keys_run_side_by_side(topic: SampleTopic) -> None:
    admins = [f"admin{number}" for number in range(12)]
    for version in range(1, 9):
        await asyncio.gather(*(topic.vote(admin, version) for admin in admins))
    async with topic.consuming():

        async def all_heard() -> bool:
            return len(topic.heard) >= 96

        await eventually(all_heard)
    for admin in admins:
        assert topic.versions_of(admin) == list(range(1, 9))


async def test_what_was_handled_is_committed_and_not_handled_again(topic: SampleTopic) -> None:
    await topic.vote("ada", 1)
    async with topic.consuming():

        async def heard() -> bool:
            return topic.versions_of("ada") == [1]

        await eventually(heard)
    await topic.vote("ada", 2)
    async with topic.consuming():

        async def heard_next() -> bool:
            return 2 in topic.versions_of("ada")

        await eventually(heard_next)
    assert topic.versions_of("ada") == [1, 2]


async def test_a_death_between_handling_and_commit_redelivers_the_record(
    topic: SampleTopic,
) -> None:
    """The process is gone in the middle of the handler: nothing of the batch is committed."""
    await topic.vote("ada", 1)
    tried = asyncio.Event()

    def gone(_recorded: Recorded) -> Exception:
        tried.set()
        return ConnectionError("gone")

    topic.failing = gone
    async with topic.consuming():
        await tried.wait()
    topic.failing = lambda _recorded: None
    async with topic.consuming():

        async def heard() -> bool:
            return topic.versions_of("ada") == [1]

        await eventually(heard)


async def test_an_unreadable_record_does_not_affect_its_neighbours(topic: SampleTopic) -> None:
    await topic.vote("ada", 1)
    await topic.raw("poison", b"\xff{not json", [("ce_type", b"slipway.vps.ready.v1")])
    await topic.raw("header", b"{}", [("ce_type", b"\xff\xfe")])
    await topic.raw("null", b"{}", [("ce_type", None)])
    await topic.vote("bob", 1)
    async with topic.consuming():

        async def others_heard() -> bool:
            return {"ada", "bob"} <= {admin for admin, _ in topic.heard}

        await eventually(others_heard)

        async def three_set_aside() -> bool:
            found = [stream for stream in topic.store._streams if stream.startswith("deadletter-")]
            return len(found) == 3

        await eventually(three_set_aside)


async def test_records_up_to_the_limit_go_through_as_they_are(topic: SampleTopic) -> None:
    body = b"x" * (4 * 1024 * 1024)
    got: list[RawRecord] = []

    async def keep(records: Sequence[RawRecord]) -> None:
        got.extend(records)

    await topic.producer.produce(f"{topic.namespace}.webhooks", b"key", body, [("a", b"b")])
    async with topic.consumers([RawInbox("tests.webhooks", topics.WEBHOOKS, keep)]):

        async def arrived() -> bool:
            return bool(got)

        await eventually(arrived)
    assert got[0].value == body
    assert got[0].headers == {"a": "b"}


async def test_a_second_member_takes_over_without_loss_and_in_order(topic: SampleTopic) -> None:
    admins = [f"admin{number}" for number in range(8)]

    async def all_at(version: int) -> bool:
        return all(version in topic.versions_of(admin) for admin in admins)

    async with topic.consuming() as _one:
        await asyncio.gather(*(topic.vote(admin, 1) for admin in admins))
        await eventually(lambda: all_at(1))
        async with topic.consuming(instance="two") as _two:
            for version in range(2, 6):
                await asyncio.gather(*(topic.vote(admin, version) for admin in admins))
            await eventually(lambda: all_at(5))
        await asyncio.gather(*(topic.vote(admin, 6) for admin in admins))
        await eventually(lambda: all_at(6))
    for admin in admins:
        assert list(dict.fromkeys(topic.versions_of(admin))) == [1, 2, 3, 4, 5, 6]


async def test_a_killed_member_has_its_partitions_back_when_it_starts_again(
    topic: SampleTopic,
) -> None:
    """Not only when its session is over: a customer would wait for that."""
    killed = await asyncio.create_subprocess_exec(
        *(
            sys.executable,
            "-m",
            "tests.support.processes.consumer_member",
            topic.kafka_url,
            topic.namespace,
        ),
        stdout=asyncio.subprocess.PIPE,
    )
    assert killed.stdout is not None
    await topic.vote("ada", 1)
    async with asyncio.timeout(30):
        assert await killed.stdout.readline() == b"heard\n"
    killed.kill()
    await killed.wait()
    await topic.vote("ada", 2)
    async with topic.consuming():

        async def heard() -> bool:
            return 2 in topic.versions_of("ada")

        await eventually(heard, within_seconds=SESSION_MS / 1000 * 0.8)


async def test_lag_is_measured_by_the_brokers_offsets(topic: SampleTopic) -> None:
    async with topic.consuming() as consumers:
        await topic.vote("ada", 1)

        async def caught_up() -> bool:
            return topic.versions_of("ada") == [1] and consumers.lag() == 0

        await eventually(caught_up)
        assert consumers.progress()


async def test_a_stop_under_load_ends_after_the_batch_in_flight(topic: SampleTopic) -> None:
    """A record that is handed out while we stop must not be waited for: each deploy would stall."""
    begun, go_on = asyncio.Event(), asyncio.Event()

    async def slow(recorded: Recorded) -> None:
        begun.set()
        await go_on.wait()
        await topic.handle(recorded)

    await topic.vote("ada", 1)
    async with topic.consuming(slow) as consumers:
        await begun.wait()
        await asyncio.gather(*(topic.vote(f"admin{number}", 1) for number in range(20)))
        stopping = asyncio.create_task(consumers.stop())
        await asyncio.sleep(0)
        go_on.set()
        async with asyncio.timeout(30):
            await stopping
    # What was handled before the stop is committed; the others come to the next process.
    async with topic.consuming():

        async def all_heard() -> bool:
            return len({admin for admin, _ in topic.heard}) == 21

        await eventually(all_heard)
    assert topic.versions_of("ada") == [1]
