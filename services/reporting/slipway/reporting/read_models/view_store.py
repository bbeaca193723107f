"""Loads and writes view documents and time buckets in MongoDB transactions.

`projector` uses it for events, and `scheduled_work` for changes without an event.
"""

from collections.abc import Callable, Coroutine, Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from motor.motor_asyncio import AsyncIOMotorClientSession, AsyncIOMotorDatabase
from pymongo import InsertOne, ReplaceOne, UpdateOne
from pymongo.errors import ConnectionFailure, ExecutionTimeout, OperationFailure, WTimeoutError
from pymongo.read_concern import ReadConcern
from pymongo.write_concern import WriteConcern

from slipway.eventstore.store import StoreUnavailable
from slipway.reporting.projections.batch import BUCKETS, Changes, Views

Session = AsyncIOMotorClientSession


class ViewStore:
    """Loads and writes views. Every call raises StoreUnavailable while MongoDB does not respond."""

    def __init__(self, database: AsyncIOMotorDatabase[Any]) -> None:
        self._database = database

    async def in_transaction(self, body: Callable[[Session], Coroutine[Any, Any, None]]) -> None:
        with unavailable_store():
            async with await self._database.client.start_session() as session:
                await session.with_transaction(
                    body,
                    read_concern=ReadConcern("snapshot"),
                    write_concern=WriteConcern("majority"),
                )

    async def load(self, session: Session, ids: Mapping[str, Iterable[str]]) -> Views:
        """Returns the documents that exist. `ids` maps a collection to the ids to load."""
        views: Views = {}
        for collection, keys in ids.items():
            cursor = self._database[collection].find({"_id": {"$in": list(keys)}}, session=session)
            views[collection] = {found["_id"]: found for found in await cursor.to_list(None)}
        return views

    async def write(self, session: Session, changes: Changes, loaded: Views) -> None:
        for collection, documents in changes.documents.items():
            existing = loaded.get(collection)
            writes = [
                InsertOne(document)
                if existing is not None and id_ not in existing
                else ReplaceOne({"_id": id_}, document, upsert=True)
                for id_, document in documents.items()
            ]
            await self._database[collection].bulk_write(writes, ordered=False, session=session)
        if buckets := _bucket_writes(changes):
            await self._database[BUCKETS].bulk_write(buckets, ordered=False, session=session)

    async def add_to_buckets(self, changes: Changes) -> None:
        """Adds numbers to the time buckets without a transaction.

        Only samples are written this way.
        """
        with unavailable_store():
            await self._database[BUCKETS].bulk_write(_bucket_writes(changes))


@contextmanager
def unavailable_store() -> Iterator[None]:
    """Raises StoreUnavailable instead of the client's errors for an outage of MongoDB.

    These errors are a lost connection, a missing primary and a missed write concern. The callers
    wait and try again.
    """
    try:
        yield
    except (ConnectionFailure, ExecutionTimeout, WTimeoutError) as error:
        raise StoreUnavailable(str(error)) from error
    except OperationFailure as error:
        if error.has_error_label("TransientTransactionError"):
            raise StoreUnavailable(str(error)) from error
        raise


def _bucket_writes(changes: Changes) -> list[UpdateOne]:
    writes = []
    for id_, counters in changes.buckets.items():
        if counters:
            span, at = changes.spans[id_]
            added = {f"counts.{name}": number for name, number in counters.items()}
            update = {"$inc": added, "$setOnInsert": {"span": span, "at": at}}
            writes.append(UpdateOne({"_id": id_}, update, upsert=True))
    return writes
