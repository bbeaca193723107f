"""Writes the views: a batch of records, what follows from it, and the offset in one transaction.

The offset is compared and set: a process that lost its partition without knowing writes nothing
(H10). Time passing is written the same way: tasks whose deadline is over decide themselves.
"""

from collections.abc import Callable, Coroutine, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

from motor.motor_asyncio import AsyncIOMotorClientSession, AsyncIOMotorDatabase
from pymongo import InsertOne, ReplaceOne, UpdateOne
from pymongo.errors import (
    ConnectionFailure,
    DuplicateKeyError,
    ExecutionTimeout,
    OperationFailure,
    WTimeoutError,
)
from pymongo.read_concern import ReadConcern
from pymongo.write_concern import WriteConcern

from slipway.contracts.envelope import Recorded
from slipway.eventstore.store import StoreUnavailable
from slipway.messaging.offsets import OffsetConflict
from slipway.reporting.projections.batch import (
    BUCKETS,
    Changes,
    Views,
    add_to_buckets,
    fold,
    note,
    wanted,
)
from slipway.reporting.projections.projection import View, minute_of, whole_ms
from slipway.reporting.projections.registry import Projections
from slipway.reporting.projections.sketch import duration
from slipway.reporting.projections.tasks import projection as tasks

_AT_ONCE = 200
_MINUTES_KEPT = timedelta(days=1)


class Projector:
    def __init__(
        self, database: AsyncIOMotorDatabase[Any], projections: Projections, decided_seconds: float
    ) -> None:
        self._database = database
        self._projections = projections
        self._decided_seconds = decided_seconds

    async def offset(self, topic: str, partition: int) -> int:
        """The next offset to read; 0 for a partition never read."""
        with _away():
            found = await self._database["offsets"].find_one({"_id": _place(topic, partition)})
        return int(found["next"]) if found else 0

    async def apply(
        self,
        topic: str,
        partition: int,
        *,
        offset: int,
        next_offset: int,
        records: Sequence[Recorded],
    ) -> None:
        """Write records from `offset` up to `next_offset`.

        Raises OffsetConflict, having written nothing, or StoreUnavailable.
        """
        ids, steps = wanted(self._projections, records)
        newest = max((record.time for record in records), default=None)

        async def transaction(session: AsyncIOMotorClientSession) -> None:
            await self._move_offset(session, _place(topic, partition), offset, next_offset, newest)
            views = await self._load(session, ids)
            await self._write(session, fold(steps, views), views)

        await self._in_transaction(transaction)

    async def apply_again(self, recorded: Recorded) -> None:
        """One record that was set aside, long after its offset. Raises StoreUnavailable."""
        ids, steps = wanted(self._projections, [recorded])

        async def transaction(session: AsyncIOMotorClientSession) -> None:
            views = await self._load(session, ids)
            await self._write(session, fold(steps, views), views)

        await self._in_transaction(transaction)

    async def decide_overdue(self, now: datetime) -> int:
        """Decide what is past its deadline; how many lives were looked at."""
        filter_ = {"next_decision": {"$lte": now}}
        return await self._revise(filter_, lambda life: tasks.expired(life, whole_ms(now)))

    async def release_withheld(self) -> int:
        """Tasks of locations that act by now count from the moment they began to."""
        done = 0
        with _away():
            acting = await self._database["locations"].find({"mode": "act"}).to_list(None)
        for location in acting:
            acts_since = location["mode_at"]

            def revise(life: View, id_: str = location["_id"], at: datetime = acts_since) -> View:
                return tasks.released(life, id_, at, self._decided_seconds)

            done += await self._revise({"withheld": location["_id"]}, revise)
        return done

    async def sample_age(self, now: datetime) -> None:
        """Note how old what the portal shows is, for its key result."""
        newest = await self.newest_event_at()
        if newest is not None:
            changes = Changes()
            age = max(int((now - newest).total_seconds() * 1000), 0)
            for name, number in duration("data_age", age).items():
                add_to_buckets(changes, minute_of(now), name, number)
            with _away():
                await self._database[BUCKETS].bulk_write(_bucket_writes(changes))

    async def forget_minutes(self, now: datetime) -> None:
        """Minutes are for the trend of a young installation; hours and days stay for ever."""
        with _away():
            await self._database[BUCKETS].delete_many(
                {"span": "minute", "at": {"$lt": now - _MINUTES_KEPT}}
            )

    async def newest_event_at(self) -> datetime | None:
        with _away():
            found = await self._database["offsets"].find_one(
                {"newest_at": {"$ne": None}}, sort=[("newest_at", -1)]
            )
        return found["newest_at"] if found else None

    async def _revise(self, filter_: Mapping[str, Any], revise: Callable[[View], View]) -> int:
        with _away():
            cursor = self._database[tasks.COLLECTION].find(filter_, {"_id": 1}).limit(_AT_ONCE)
            ids = [found["_id"] async for found in cursor]

        async def transaction(session: AsyncIOMotorClientSession) -> None:
            views = await self._load(session, {tasks.COLLECTION: ids})
            changes = Changes()
            for life in views[tasks.COLLECTION].values():
                note(changes, self._projections.tasks, life, revise(life))
            await self._write(session, changes, views)

        if ids:
            await self._in_transaction(transaction)
        return len(ids)

    async def _in_transaction(
        self, body: Callable[[AsyncIOMotorClientSession], Coroutine[Any, Any, None]]
    ) -> None:
        with _away():
            async with await self._database.client.start_session() as session:
                await session.with_transaction(
                    body,
                    read_concern=ReadConcern("snapshot"),
                    write_concern=WriteConcern("majority"),
                )

    async def _load(
        self, session: AsyncIOMotorClientSession, ids: Mapping[str, Iterable[str]]
    ) -> Views:
        views: Views = {}
        for collection, keys in ids.items():
            cursor = self._database[collection].find({"_id": {"$in": list(keys)}}, session=session)
            views[collection] = {found["_id"]: found for found in await cursor.to_list(None)}
        return views

    async def _write(
        self, session: AsyncIOMotorClientSession, changes: Changes, views: Views
    ) -> None:
        for collection, documents in changes.documents.items():
            there = views.get(collection)
            writes = [
                InsertOne(document)
                if there is not None and id_ not in there
                else ReplaceOne({"_id": id_}, document, upsert=True)
                for id_, document in documents.items()
            ]
            await self._database[collection].bulk_write(writes, ordered=False, session=session)
        if buckets := _bucket_writes(changes):
            await self._database[BUCKETS].bulk_write(buckets, ordered=False, session=session)

    async def _move_offset(
        self,
        session: AsyncIOMotorClientSession,
        place: str,
        expected: int,
        next_offset: int,
        newest: datetime | None,
    ) -> None:
        moved: dict[str, Any] = {"$set": {"next": next_offset}}
        if newest is not None:
            moved["$max"] = {"newest_at": newest}
        try:
            result = await self._database["offsets"].update_one(
                {"_id": place, "next": expected}, moved, upsert=expected == 0, session=session
            )
        except DuplicateKeyError as error:
            raise OffsetConflict(place) from error
        if not result.matched_count and result.upserted_id is None:
            raise OffsetConflict(place)


@contextmanager
def _away() -> Iterator[None]:
    """No connection, no primary, a write concern not reached: infrastructure, never our fault."""
    try:
        yield
    except (ConnectionFailure, ExecutionTimeout, WTimeoutError) as error:
        raise StoreUnavailable(str(error)) from error
    except OperationFailure as error:
        if error.has_error_label("TransientTransactionError"):
            raise StoreUnavailable(str(error)) from error
        raise


def _place(topic: str, partition: int) -> str:
    return f"{topic}/{partition}"


def _bucket_writes(changes: Changes) -> list[UpdateOne]:
    writes = []
    for id_, counters in changes.buckets.items():
        if counters:
            span, at = changes.spans[id_]
            added = {f"counts.{name}": number for name, number in counters.items()}
            update = {"$inc": added, "$setOnInsert": {"span": span, "at": at}}
            writes.append(UpdateOne({"_id": id_}, update, upsert=True))
    return writes
