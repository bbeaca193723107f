"""Publishes what the store appended: follows its change stream, sends to Kafka, keeps its place.

One relayer per service is active, by lease. Its place moves only over an unbroken run of
acknowledged changes: at least once, in stream order. `change` reads the shapes.
"""

import asyncio
import json
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import structlog
from motor.motor_asyncio import AsyncIOMotorDatabase
from pymongo.errors import OperationFailure, PyMongoError

from slipway.contracts.envelope import headers_of
from slipway.contracts.topics import key_of, topic_of
from slipway.eventstore import leases
from slipway.eventstore.archive import Archive
from slipway.eventstore.change_stream_event import PIPELINE, Appended, appended
from slipway.eventstore.documents import Document
from slipway.eventstore.durability import infrastructure, streams_of
from slipway.telemetry import traces

_log = structlog.get_logger(__name__)

Produce = Callable[[str, bytes, bytes, list[tuple[str, bytes]]], Awaitable[Any]]
"""(topic, key, value, headers), done when every replica has it."""

_LEASE_SECONDS = 10.0
_RENEW_SECONDS = 3.0
_RETRY_SECONDS = 1.0
_SAVE_SECONDS = 0.25
_IN_FLIGHT = 2000
_MARGIN = timedelta(seconds=60)
"""How far before the last known append a scan begins: commits may appear out of their order."""
_HISTORY_LOST = {286, 280, 260}
"""The oplog no longer reaches back, or the token makes no sense: scan instead."""


@dataclass
class _Sent:
    """A change on its way; its token may be kept once it and all before it have arrived."""

    token: Document
    at: datetime
    arrived: asyncio.Task[None] | None
    """None: published nowhere."""

    def has_arrived(self) -> bool:
        """Raises what ended the sending otherwise: the place must not move over it."""
        if self.arrived is None:
            return True
        if self.arrived.done():
            self.arrived.result()
        return self.arrived.done()


class Relay:
    def __init__(
        self,
        database: AsyncIOMotorDatabase[Any],
        produce: Produce,
        *,
        service: str,
        owner: str,
        namespace: str,
    ) -> None:
        self._streams = streams_of(database)
        self._archive = Archive(database)
        self._places = database["relay"]
        self._produce = produce
        self._service = service
        self._owner = owner
        self._namespace = namespace
        self._sent: deque[_Sent] = deque()
        self._last_of_key: dict[bytes, asyncio.Task[None]] = {}

    async def run(self) -> None:
        """Until cancelled: wait for the lease, then publish for as long as it is ours."""
        while True:
            try:
                if await self._take_lease():
                    await self._publish_while_leased()
            except PyMongoError as error:
                _log.warning("relay waits", service=self._service, error=type(error).__name__)
            except Exception:  # noqa: BLE001 - it begins again at its place; its age pages (H18)
                _log.exception("relay begins again", service=self._service)
            await asyncio.sleep(_RETRY_SECONDS)

    async def oldest_unpublished(self) -> float:
        """Age in seconds of the oldest append that no place covers; asked past the relay (H18)."""
        async with infrastructure():
            place = await self._places.find_one({"_id": "place"})
            since = {}
            if place is not None and "appended_at" in place:
                since = {"appended_at": {"$gt": place["appended_at"]}}
            found = await self._streams.aggregate(
                [
                    {"$match": since},
                    {"$sort": {"appended_at": 1}},
                    {"$limit": 1},
                    {"$project": {"age": {"$subtract": ["$$NOW", "$appended_at"]}}},
                ]
            ).to_list(1)
        return found[0]["age"] / 1000 if found else 0.0

    async def _take_lease(self) -> bool:
        """By the server's clock; ours already, ended, or never held."""
        await self._places.update_one(
            {"_id": "place"}, {"$setOnInsert": {"lease": None}}, upsert=True
        )
        taken = await self._places.update_one(
            {
                "_id": "place",
                "$or": [
                    {"lease.owner": self._owner},
                    {"$expr": {"$lt": [leases.lease_end(), "$$NOW"]}},
                ],
            },
            leases.take(self._owner, _LEASE_SECONDS),
        )
        return bool(taken.matched_count)

    async def _publish_while_leased(self) -> None:
        follow = asyncio.create_task(self._follow())
        keep = asyncio.create_task(self._keep_lease())
        save = asyncio.create_task(self._save_places())
        tasks = (follow, keep, save)
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            # What is not acknowledged is left behind and sent again from the place that is kept.
            sending = [*self._last_of_key.values()]
            for task in (*tasks, *sending):
                task.cancel()
            await asyncio.gather(*tasks, *sending, return_exceptions=True)
            self._sent.clear()
            self._last_of_key.clear()
        for task in tasks:
            if not task.cancelled() and (error := task.exception()) is not None:
                raise error

    async def _keep_lease(self) -> None:
        while await self._take_lease():  # noqa: ASYNC110 - time is what it waits for
            await asyncio.sleep(_RENEW_SECONDS)
        _log.warning("relay lost its lease", service=self._service)

    async def _follow(self) -> None:
        place = await self._places.find_one({"_id": "place"}) or {}
        token = place.get("token")
        resume: Document = {"resume_after": token} if token else {}
        if place.get("invalidated"):
            resume = {"start_after": token}
        try:
            async with self._streams.watch(PIPELINE, max_await_time_ms=500, **resume) as changes:
                if not token:
                    # Opened first, scanned second: what is appended in between comes twice.
                    await changes.try_next()
                    await self._scan(place, changes.resume_token)
                async for change in changes:
                    await self._take(change)
                    if change["operationType"] == "invalidate":
                        return
        except OperationFailure as error:
            if error.code not in _HISTORY_LOST:
                raise
            _log.error("relay's place is lost: scanning", service=self._service, code=error.code)
            await self._places.update_one({"_id": "place"}, {"$unset": {"token": ""}})

    async def _take(self, change: Document) -> None:
        token = change["_id"]
        if change["operationType"] == "invalidate":
            await self._drain()
            await self._places.update_one(
                {"_id": "place", "lease.owner": self._owner},
                {"$set": {"token": token, "invalidated": True}},
            )
            return
        found = appended(change)
        self._sent.append(_Sent(token, found.at, self._send(found)))
        while len(self._sent) >= _IN_FLIGHT:  # noqa: ASYNC110 - the saver makes room
            await asyncio.sleep(_SAVE_SECONDS)

    def _send(self, found: Appended) -> asyncio.Task[None] | None:
        """Start sending; each key's sends follow one another, different keys don't wait."""
        topic = topic_of(found.stream)
        if topic is None:
            return None
        name, key = f"{self._namespace}.{topic.name}", key_of(found.stream).encode()
        before = self._last_of_key.get(key)
        task = asyncio.create_task(self._send_in_order(name, key, found, before))
        self._last_of_key[key] = task
        task.add_done_callback(lambda done: self._forget(key, done))
        return task

    def _forget(self, key: bytes, done: asyncio.Task[None]) -> None:
        if self._last_of_key.get(key) is done:
            del self._last_of_key[key]

    async def _send_in_order(
        self, topic: str, key: bytes, found: Appended, before: asyncio.Task[None] | None
    ) -> None:
        if before is not None:
            await asyncio.wait([before])
        for entry in found.entries:
            with traces.span(f"publish {entry['type']}", parent=entry["meta"].get("traceparent")):
                await self._send_until_taken(topic, key, found.stream, entry)

    async def _send_until_taken(self, topic: str, key: bytes, stream: str, entry: Document) -> None:
        """Without limit: an outage of Kafka must not cost an event."""
        headers = headers_of(
            epoch=entry["epoch"],
            stream=stream,
            version=entry["version"],
            type_=entry["type"],
            time=entry["time"],
            meta=entry["meta"],
            source=self._service,
        )
        encoded = [(name, value.encode()) for name, value in headers.items()]
        value = json.dumps(entry["data"], ensure_ascii=False, separators=(",", ":")).encode()
        while True:
            try:
                await self._produce(topic, key, value, encoded)
            except Exception:  # noqa: BLE001 - nothing may make it skip an event
                _log.exception("relay could not publish", stream=stream, version=entry["version"])
                await asyncio.sleep(_RETRY_SECONDS)
            else:
                return

    async def _scan(self, place: Document, token: Document) -> None:
        """Publish all events of every stream appended to since the place that we know.

        The token is from before the scan, so everything it leaves out was scanned.
        """
        known = place.get("appended_at")
        query = {} if known is None else {"appended_at": {"$gte": known - _MARGIN}}
        cursor = self._streams.find(query, {"events": 1, "appended_at": 1})
        async for document in cursor.sort("appended_at", 1):
            entries: list[Document] = document["events"]
            oldest = entries[0]["version"] if entries else 1 << 62
            # Most streams are short: no question for each of them.
            archived = await self._archive.read(document["_id"], 0, oldest) if oldest > 1 else ()
            found = Appended(document["_id"], [*archived, *entries], document["appended_at"])
            task = self._send(found)
            if task is not None:
                await task
            known = found.at
        await self._keep(token, known)

    async def _save_places(self) -> None:
        while True:
            await self._save_place()
            await asyncio.sleep(_SAVE_SECONDS)

    async def _save_place(self) -> None:
        reached: _Sent | None = None
        while self._sent and self._sent[0].has_arrived():
            reached = self._sent.popleft()
        if reached is not None:
            await self._keep(reached.token, reached.at)

    async def _keep(self, token: Document, at: datetime | None) -> None:
        known = {} if at is None else {"appended_at": at}
        await self._places.update_one(
            {"_id": "place", "lease.owner": self._owner},
            {"$set": {"token": token, **known}, "$unset": {"invalidated": ""}},
        )

    async def _drain(self) -> None:
        while self._sent:  # noqa: ASYNC110 - the saver empties it
            await asyncio.sleep(_SAVE_SECONDS)
