"""Events per second of the batch projector, against a plain bulk_write of the same documents.

Both write the same views of the same batches to the same MongoDB, alternating. The medians are
compared. The baseline has no fold, no transaction, no offset and no buckets.
"""

import statistics
import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from motor.motor_asyncio import AsyncIOMotorClient, AsyncIOMotorDatabase
from pymongo import ReplaceOne
from slipway.backing import Backing
from slipway.contracts.codec import from_record
from slipway.contracts.envelope import Recorded, headers_of
from slipway.reporting.projections.batch import fold, plan_fold
from slipway.reporting.projections.registry import Projections
from slipway.reporting.read_models.indexes import prepare
from slipway.reporting.read_models.projector import Projector

from benchmarks.measurement import Aim, Measurement, Say
from tests.support.builders.customer_story import Story

AIM = Aim(0.6)

_CUSTOMERS = 700
_BATCH = 1000
_HOUR = 3600.0

Batch = Sequence[tuple[bytes, dict[str, str]]]
Documents = dict[str, dict[str, Any]]


async def run(backing: Backing, _folder: Path, rounds: int, say: Say) -> Measurement:
    say("telling the stories")
    batches = _batches()
    documents = _documents(batches)
    client: AsyncIOMotorClient[Any] = AsyncIOMotorClient(backing.mongodb_url, tz_aware=True)
    sides = {"ours": _project, "baseline": _write_raw}
    took: dict[str, list[float]] = {name: [] for name in sides}
    try:
        for number in range(rounds):
            for name, side in sides.items():
                say(f"round {number + 1} of {rounds}, {name}")
                took[name].append(await _timed(client, batches, documents, side))
    finally:
        client.close()
    events = sum(len(batch) for batch in batches)
    ours, baseline = (events / statistics.median(took[name]) for name in sides)
    return Measurement(ours, baseline, ours / baseline, "events/s", AIM)


async def _timed(
    client: AsyncIOMotorClient[Any], batches: list[Batch], documents: list[Documents], side: Any
) -> float:
    database = client[f"bench_{time.time_ns()}_reporting"]
    await prepare(database)
    try:
        began = time.perf_counter()
        await side(database, batches, documents)
        return time.perf_counter() - began
    finally:
        await client.drop_database(database.name)


async def _project(
    database: AsyncIOMotorDatabase[Any], batches: list[Batch], _documents: list[Documents]
) -> None:
    projector, offset = Projector(database, Projections(_HOUR)), 0
    for batch in batches:
        records = [from_record(value, headers) for value, headers in batch]
        following = offset + len(records)
        await projector.apply("vps", 0, offset=offset, next_offset=following, records=records)
        offset = following


async def _write_raw(
    database: AsyncIOMotorDatabase[Any], _batches: list[Batch], documents: list[Documents]
) -> None:
    for batch in documents:
        for collection, found in batch.items():
            writes = [ReplaceOne({"_id": id_}, view, upsert=True) for id_, view in found.items()]
            await database[collection].bulk_write(writes, ordered=False)


def _batches() -> list[Batch]:
    """Returns the events of all customers, with twelve customers interleaved at a time."""
    begin = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
    stories = []
    for number in range(_CUSTOMERS):
        story = Story(f"bench:sub{number}", begin + timedelta(seconds=5 * number)).bought()
        if number % 2:
            story.entitled("absent", 600)
            story.wanted("absent", 601, source=2)
            story.started("delete", 602, "op4")
            story.deleted(620)
        stories.append(story)
    records = sorted((r for story in stories for r in story.records), key=lambda r: r.time)
    wire = [_on_the_wire(record) for record in records]
    return [wire[start : start + _BATCH] for start in range(0, len(wire), _BATCH)]


def _on_the_wire(record: Recorded) -> tuple[bytes, dict[str, str]]:
    headers = headers_of(
        epoch=0,
        stream=record.stream,
        version=record.version,
        type_=record.event.TYPE,
        time=record.time,
        meta=record.meta.model_dump(),
        source="bench",
    )
    return record.event.model_dump_json().encode(), headers


def _documents(batches: list[Batch]) -> list[Documents]:
    """Computes the documents that the projector writes for each batch."""
    projections = Projections(_HOUR)
    views: dict[str, Documents] = {}
    found: list[Documents] = []
    for batch in batches:
        records = [from_record(value, headers) for value, headers in batch]
        _, steps = plan_fold(projections, records)
        changes = fold(steps, views)
        for collection, documents in changes.documents.items():
            views.setdefault(collection, {}).update(documents)
        found.append({name: dict(documents) for name, documents in changes.documents.items()})
    return found
