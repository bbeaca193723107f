"""Appends per second to the event store, against a plain `update_one` with the same updates.

Both append single events to the streams, sixteen at a time, alternating. The medians are compared.
"""

import asyncio
import statistics
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from motor.motor_asyncio import AsyncIOMotorClient, AsyncIOMotorDatabase
from slipway.backing import Backing
from slipway.contracts.envelope import Meta
from slipway.contracts.feedback import SatisfactionVoted
from slipway.eventstore.durability import streams_of
from slipway.eventstore.mongo import MongoEventStore
from slipway.eventstore.stream import Stream

from benchmarks.measurement import Aim, Measurement, Say
from tests.support.builders.sample_decider import DECIDER

AIM = Aim(0.85)

_STREAMS = 64
_APPENDS = 30
_AT_ONCE = 16

_META = Meta(correlation_id="bench", traceparent=f"00-{'1' * 32}-{'2' * 16}-01")
_NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
_EVENT = SatisfactionVoted(admin="ada", score=4, comment="", voted_at=_NOW)


async def run(backing: Backing, _folder: Path, rounds: int, say: Say) -> Measurement:
    client: AsyncIOMotorClient[Any] = AsyncIOMotorClient(backing.mongodb_url, tz_aware=True)
    sides: dict[str, Callable[[AsyncIOMotorDatabase[Any], str], Awaitable[None]]]
    sides = {"ours": _append, "baseline": _update}
    took: dict[str, list[float]] = {name: [] for name in sides}
    try:
        for number in range(rounds):
            for name, side in sides.items():
                say(f"round {number + 1} of {rounds}, {name}")
                took[name].append(await _timed(client, side))
    finally:
        client.close()
    ours, baseline = (_STREAMS * _APPENDS / statistics.median(took[name]) for name in sides)
    return Measurement(ours, baseline, ours / baseline, "appends/s", AIM)


async def _timed(
    client: AsyncIOMotorClient[Any],
    side: Callable[[AsyncIOMotorDatabase[Any], str], Awaitable[None]],
) -> float:
    database = client[f"bench_{time.time_ns()}"]
    await MongoEventStore(database).prepare()
    room = asyncio.Semaphore(_AT_ONCE)

    async def one(number: int) -> None:
        async with room:
            await side(database, f"feedback-{number}")

    try:
        began = time.perf_counter()
        await asyncio.gather(*(one(number) for number in range(_STREAMS)))
        return time.perf_counter() - began
    finally:
        await client.drop_database(database.name)


async def _append(database: AsyncIOMotorDatabase[Any], stream: str) -> None:
    store = MongoEventStore(database)
    loaded: Stream[Any] = await store.load(DECIDER, stream)
    for _ in range(_APPENDS):
        loaded = await store.append(DECIDER, loaded, [_EVENT], now=_NOW, meta=_META)


async def _update(database: AsyncIOMotorDatabase[Any], stream: str) -> None:
    """Writes the same fields, with constants instead of the store's computed values."""
    streams = streams_of(database)
    data, meta = _EVENT.model_dump(mode="json"), _META.model_dump(exclude_none=True)
    for version in range(_APPENDS):
        entry = {
            "version": version + 1,
            "epoch": 0,
            "type": _EVENT.TYPE,
            "time": _NOW,
            "data": data,
            "meta": meta,
        }
        state = {"case": "Heard", "fields": {"scores": [4] * (version + 1), "again_at": None}}
        await streams.update_one(
            {"_id": stream, "version": version},
            {
                "$push": {"events": {"$each": [entry]}},
                "$inc": {"version": 1},
                "$set": {
                    "category": "feedback",
                    "state": state,
                    "state_version": version + 1,
                    "fold_version": 1,
                    "due_at": None,
                    "open": False,
                },
                "$currentDate": {"appended_at": True},
            },
            upsert=version == 0,
        )
