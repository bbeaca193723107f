"""H24: during a rolling deploy both codes append; each folds for itself and nothing is lost."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from typing import Any

import pytest
from motor.motor_asyncio import AsyncIOMotorDatabase
from slipway.contracts.envelope import Event
from slipway.contracts.feedback import SatisfactionVoted
from slipway.eventstore.command_handling import handle
from slipway.eventstore.decider import Decider
from slipway.eventstore.mongo import MongoEventStore

from tests.support.builders.sample_decider import (
    DECIDER,
    META,
    Heard,
    Say,
    Silent,
    Voter,
    decide,
    now,
)
from tests.support.servers.databases import fresh_database

pytestmark = pytest.mark.backing


@dataclass(frozen=True)
class Summed:
    """A newer state: it keeps what the older one doesn't know."""

    total: int = 0


def _sum(state: Summed, event: Event) -> Summed:
    assert isinstance(event, SatisfactionVoted)
    return replace(state, total=state.total + event.score)


NEWER: Decider[Say, Summed] = Decider(
    category=DECIDER.category,
    initial=Summed(),
    decide=lambda command, _state: decide(command, Silent()),
    evolve=_sum,
    state_type=Summed,
    fold_version=2,
)


@pytest.fixture
async def database(mongodb_url: str) -> AsyncIterator[AsyncIOMotorDatabase[Any]]:
    async with fresh_database(mongodb_url) as found:
        yield found


async def test_h24_old_and_new_code_take_turns(database: AsyncIOMotorDatabase[Any]) -> None:
    store = MongoEventStore(database)
    turns: list[Decider[Say, Any]] = [DECIDER, NEWER, DECIDER, NEWER, DECIDER]
    for score, decider in enumerate(turns, start=1):
        await handle(store, decider, "feedback-ada", Say(score), now=now(), meta=META)
    assert (await store.load(NEWER, "feedback-ada")).state == Summed(15)
    document = await database["streams"].find_one({"_id": "feedback-ada"})
    assert document is not None
    assert (document["fold_version"], document["state_version"]) == (2, 4)


def _newest(_state: Voter, event: Event) -> Voter:
    assert isinstance(event, SatisfactionVoted)
    return Heard((event.score,))


async def test_h24_a_snapshot_of_another_fold_is_folded_again_even_if_it_looks_alike(
    database: AsyncIOMotorDatabase[Any],
) -> None:
    """The same fields with another meaning: only the fold's number tells that they are stale."""
    store = MongoEventStore(database)
    for score in (1, 2, 3):
        await handle(store, DECIDER, "feedback-ada", Say(score), now=now(), meta=META)
    changed = replace(DECIDER, evolve=_newest, fold_version=2)
    assert (await store.load(changed, "feedback-ada")).state == Heard((3,))
    assert (await store.load(DECIDER, "feedback-ada")).state == Heard((1, 2, 3))
