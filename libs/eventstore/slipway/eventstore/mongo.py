"""The event store on MongoDB. Each append is one `update_one`.

So the events, the snapshot and the due time of a stream always agree. The host opens one store for
each service, and `relay` publishes its events. Collections: `streams`, `archive`.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any, TypeVar

from motor.motor_asyncio import AsyncIOMotorDatabase
from pymongo import UpdateOne
from pymongo.errors import (
    BulkWriteError,
    DocumentTooLarge,
    DuplicateKeyError,
    WriteError,
)

from slipway.contracts.envelope import Event, Meta, Recorded
from slipway.eventstore import documents
from slipway.eventstore.append_update import existed, update_of, without_snapshot
from slipway.eventstore.archive import LONG, Archive
from slipway.eventstore.decider import Decider
from slipway.eventstore.documents import Document
from slipway.eventstore.durability import infrastructure, streams_of
from slipway.eventstore.mongo_claims import MongoClaims
from slipway.eventstore.store import EventTooLarge, VersionConflict
from slipway.eventstore.stream import NewStream, Stream

S = TypeVar("S")

_OBJECT_TOO_LARGE = {10334, 17419, 17420}


class MongoEventStore(MongoClaims):
    """Stores events in MongoDB. The client of `database` must be `tz_aware`."""

    def __init__(self, database: AsyncIOMotorDatabase[Any], epoch: int = 0) -> None:
        super().__init__(streams_of(database))
        self._archive = Archive(database)
        self._epoch = epoch

    @property
    def epoch(self) -> int:
        return self._epoch

    async def prepare(self, state_fields: Sequence[tuple[str, str]] = ()) -> None:
        """Creates the indexes of all queries. May be called again.

        `state_fields` lists each (category, field) for which `find_by_state_field` is called.
        """
        async with infrastructure():
            await self._streams.create_index(
                [("category", 1), ("due_at", 1)],
                partialFilterExpression={"due_at": {"$type": "date"}},
            )
            await self._streams.create_index(
                [("category", 1), ("open", 1), ("due_at", 1)],
                partialFilterExpression={"open": True},
            )
            await self._streams.create_index("appended_at")
            for category, field in state_fields:
                place = f"state.fields.{field}"
                await self._streams.create_index(
                    [("category", 1), (place, 1)],
                    name=f"state field {category} {field}",
                    partialFilterExpression={place: {"$type": "object"}, "category": category},
                )
            await self._archive.prepare()

    async def load(self, decider: Decider[Any, S], stream: str) -> Stream[S]:
        async with infrastructure():
            document = await self._streams.find_one({"_id": stream}, {"events": 0, "lease": 0})
            if document is None:
                return documents.empty_stream(decider, stream)
            version, state = documents.snapshot(decider, document) or (0, decider.initial)
            if version == document["version"]:
                return documents.stream_at(decider, stream, version, state)
            # No usable snapshot: fold the events up to the version of the loaded document.
            tail = await self._entries(stream, version)
        events = [
            documents.event_of(entry, decider.private_events)
            for entry in tail
            if entry["version"] <= document["version"]
        ]
        return documents.stream_at(
            decider, stream, document["version"], decider.fold(events, state)
        )

    async def append(
        self,
        decider: Decider[Any, S],
        stream: Stream[S],
        events: Sequence[Event],
        *,
        now: datetime,
        meta: Meta,
    ) -> Stream[S]:
        entries = self._written(stream.version, events, now, meta)
        after = documents.stream_after(decider, stream, events)
        update = update_of(decider, after, entries)
        async with infrastructure():
            try:
                await self._write(decider, stream, update)
            except _TooLarge:
                await self._archive.shorten(stream.id, keep=1)
                await self._write_shortened(decider, stream, update)
            if after.version % LONG < len(events):
                await self._archive.shorten(stream.id)
        return after

    async def create_streams(
        self, decider: Decider[Any, Any], new_streams: Sequence[NewStream]
    ) -> list[bool]:
        if not new_streams:
            return []
        writes = []
        for first in new_streams:
            none = documents.empty_stream(decider, first.stream)
            entries = self._written(0, first.events, first.now, first.meta)
            update = update_of(
                decider, documents.stream_after(decider, none, first.events), entries
            )
            writes.append(UpdateOne({"_id": first.stream, "version": 0}, update, upsert=True))
        known: set[int] = set()
        async with infrastructure():
            try:
                await self._streams.bulk_write(writes, ordered=False)
            except BulkWriteError as error:
                known = existed(error)
        return [number not in known for number in range(len(new_streams))]

    async def read(
        self, stream: str, after_version: int = 0, *, private: Sequence[type[Event]] = ()
    ) -> list[Recorded]:
        async with infrastructure():
            entries = await self._entries(stream, after_version)
        return [documents.recorded_of(stream, entry, private) for entry in entries]

    async def _entries(self, stream: str, after_version: int) -> list[Document]:
        # Read the document first, because events are in the archive before they leave the document.
        document = await self._streams.find_one({"_id": stream}, {"events": 1, "version": 1})
        if document is None:
            return []
        recent = [entry for entry in document["events"] if entry["version"] > after_version]
        oldest = recent[0]["version"] if recent else document["version"] + 1
        if oldest <= after_version + 1:
            return recent
        return [*await self._archive.read(stream, after_version, oldest), *recent]

    async def existing(self, streams: Sequence[str]) -> set[str]:
        async with infrastructure():
            found = self._streams.find({"_id": {"$in": list(streams)}}, {"_id": 1})
            return {document["_id"] async for document in found}

    async def find_by_state_field(self, decider: Decider[Any, S], field: str) -> list[Stream[S]]:
        query = {"category": decider.category, f"state.fields.{field}": {"$type": "object"}}
        async with infrastructure():
            names = [found["_id"] async for found in self._streams.find(query, {"_id": 1})]
        return [await self.load(decider, name) for name in names]

    async def find_open(
        self, decider: Decider[Any, S], any_of: Mapping[str, Collection[str]]
    ) -> list[Stream[S]]:
        fields = [{f"state.fields.{path}": {"$in": [*values]}} for path, values in any_of.items()]
        query = {"category": decider.category, "open": True, "$or": fields}
        async with infrastructure():
            names = [found["_id"] async for found in self._streams.find(query, {"_id": 1})]
        return [await self.load(decider, name) for name in names]

    def _written(
        self, version: int, events: Sequence[Event], now: datetime, meta: Meta
    ) -> list[Document]:
        return documents.entries_of(
            events, after_version=version, epoch=self._epoch, now=now, meta=meta
        )

    async def _write_shortened(
        self, decider: Decider[Any, Any], stream: Stream[Any], update: Document
    ) -> None:
        try:
            await self._write(decider, stream, update)
        except _TooLarge as error:
            raise EventTooLarge(f"the state of {stream.id} outgrows a document") from error

    async def _write(
        self, decider: Decider[Any, Any], stream: Stream[Any], update: Document
    ) -> None:
        """Writes the update. Raises VersionConflict and _TooLarge.

        Only version 0 is upserted. At a later version, an upsert that finds no document would
        create a stream without its first events. If newer code wrote the snapshot, the snapshot
        stays and only the events are added (H24).
        """
        at = {"_id": stream.id, "version": stream.version}
        try:
            if stream.version == 0:
                await self._streams.update_one(at, update, upsert=True)
                return
            ours = {**at, "fold_version": {"$lte": decider.fold_version}}
            written = await self._streams.update_one(ours, update)
            if not written.matched_count:
                written = await self._streams.update_one(at, without_snapshot(update))
        except DuplicateKeyError as error:
            raise VersionConflict(f"{stream.id} exists") from error
        except DocumentTooLarge as error:
            raise _TooLarge from error
        except WriteError as error:
            if error.code in _OBJECT_TOO_LARGE:
                raise _TooLarge from error
            raise
        if not written.matched_count:
            raise VersionConflict(f"{stream.id} is no longer at {stream.version}")


class _TooLarge(Exception):
    """The document would exceed MongoDB's limit of 16 MB, because a few events are very large."""
