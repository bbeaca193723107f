"""Every question that the engine asks MongoDB is answered by an index, whatever else lies there.

The server's own profiler tells: it notes the plan of each command that was really sent.
"""

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest
from motor.motor_asyncio import AsyncIOMotorDatabase
from slipway.eventstore.archive import Archive
from slipway.eventstore.command_handling import handle
from slipway.eventstore.mongo import MongoEventStore
from slipway.eventstore.store import Claim, NewStream

from tests.support.builders.sample_decider import (
    COMPLAINTS,
    DECIDER,
    META,
    NEWER,
    Say,
    ago,
    now,
    vote,
)
from tests.support.dsl.waiting import eventually
from tests.support.servers.databases import fresh_database
from tests.support.servers.relay import FakeKafka, relay_on, running

pytestmark = pytest.mark.backing

CROWD = 300
"""Streams that no question is about: a plan that reads them all shows."""

Database = AsyncIOMotorDatabase[Any]
Question = Callable[[Database, MongoEventStore], Awaitable[Any]]


@pytest.fixture
async def crowded(mongodb_url: str) -> AsyncIterator[Database]:
    async with fresh_database(mongodb_url) as database:
        store = MongoEventStore(database)
        await store.prepare(state_fields=[("feedback", "latest")])
        later = [vote(3, again_at=ago(-3600 - number)) for number in range(CROWD)]
        firsts = [NewStream(f"feedback-{n}", [event], now(), META) for n, event in enumerate(later)]
        await store.create_streams(DECIDER, firsts)
        await database["streams"].update_many({}, {"$set": {"appended_at": ago(3600)}})
        await handle(store, COMPLAINTS, "feedback-due", Say(1), now=now(), meta=META)
        due = Say(1, again_at=ago(1))
        await handle(store, DECIDER, "feedback-due", due, now=now(), meta=META)
        for _ in range(3):
            long = await store.load(DECIDER, "feedback-long")
            await store.append(DECIDER, long, [vote(4)] * 5, now=now(), meta=META)
        await Archive(database).shorten("feedback-long", keep=2)
        await database.command("profile", 2)
        yield database
        await database.command("profile", 0)


async def _append(_: Database, store: MongoEventStore) -> None:
    for stream in ("feedback-1", "feedback-new"):
        await handle(store, DECIDER, stream, Say(2), now=now(), meta=META)


async def _append_first(_: Database, store: MongoEventStore) -> None:
    firsts = [NewStream(f"feedback-{name}", [vote(3)], now(), META) for name in ("new", "due")]
    await store.create_streams(DECIDER, firsts)


async def _older_code(_: Database, store: MongoEventStore) -> None:
    for decider in (NEWER, DECIDER):
        await handle(store, decider, "feedback-1", Say(2), now=now(), meta=META)
    await store.load(NEWER, "feedback-1")


async def _claims(_: Database, store: MongoEventStore) -> None:
    [claim] = await store.claim("feedback", "one", 30, 5)
    assert await store.claim("feedback", "two", 30, 5) == []
    assert await store.claim("incident", "two", 30, 5) == []
    await store.postpone(claim, 0)
    [claim] = await eventually(lambda: store.claim("feedback", "one", 30, 5))
    await store.reschedule(claim, None)
    await store.release(claim)
    await store.release(Claim("feedback-none", 1, "two"))


async def _sweep(_: Database, store: MongoEventStore) -> None:
    [claim] = await store.claim("feedback", "one", 30, 5)
    await store.reschedule(claim, None)
    assert await store.sweep("feedback") == ["feedback-due"]
    assert await store.oldest_due("feedback")


async def _reads(_: Database, store: MongoEventStore) -> None:
    assert len(await store.read("feedback-long")) == 15
    assert len(await store.read("feedback-long", 14)) == 1
    assert await store.read("feedback-none") == []
    assert await store.existing(["feedback-1", "feedback-none"]) == {"feedback-1"}


async def _having(_: Database, store: MongoEventStore) -> None:
    await handle(store, COMPLAINTS, "feedback-sad", Say(1), now=now(), meta=META)
    assert [one.id for one in await store.find_by_state_field(COMPLAINTS, "latest")] == [
        "feedback-sad"
    ]


async def _relay(database: Database, store: MongoEventStore) -> None:
    """From where it was: a relay whose token is lost scans what was appended since, alone."""
    kafka = FakeKafka()
    relay = relay_on(database, kafka)
    await database["relay"].insert_one({"_id": "position", "appended_at": ago(600), "lease": None})
    await relay.oldest_unpublished()
    async with running(relay):
        await handle(store, DECIDER, "feedback-new", Say(2), now=now(), meta=META)
        await eventually(lambda: kafka.all_of("0/feedback-new/1"))
    await relay.oldest_unpublished()


QUESTIONS: dict[str, Question] = {
    "append": _append,
    "append first": _append_first,
    "older code": _older_code,
    "claim, postpone, release": _claims,
    "sweep and oldest due": _sweep,
    "read and existing": _reads,
    "having": _having,
    "relay": _relay,
}


@pytest.mark.parametrize("name", QUESTIONS)
async def test_every_query_uses_an_index_and_reads_only_its_results(
    crowded: Database, name: str
) -> None:
    await QUESTIONS[name](crowded, MongoEventStore(crowded))
    noted = [plan async for plan in crowded["system.profile"].find({"ns": {"$ne": "system"}})]
    asked = [plan for plan in noted if plan.get("planSummary") and not _follows_changes(plan)]
    assert asked
    for plan in asked:
        assert plan["planSummary"] != "COLLSCAN", plan["command"]
        assert plan.get("docsExamined", 0) <= 3, (plan["planSummary"], plan["command"])


def _follows_changes(plan: dict[str, Any]) -> bool:
    """A change stream reads the oplog, which has no index."""
    asked = plan.get("originatingCommand") or plan["command"]
    return "$changeStream" in str(asked.get("pipeline", ""))
