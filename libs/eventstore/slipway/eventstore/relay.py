"""Publishes appended events: follows MongoDB's change stream and sends each event to Kafka.

One relay per service is active, namely the one that has the lease. The relay stores its position in
the change stream. The position moves past a change only when Kafka has acknowledged this change and
all earlier ones. So every event is published at least once and in the order of its stream.
"""

import asyncio
from collections import deque
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import structlog
from motor.motor_asyncio import AsyncIOMotorDatabase
from pymongo.errors import OperationFailure, PyMongoError

from slipway.eventstore.archive import Archive
from slipway.eventstore.change_stream_event import PIPELINE, Appended, appended
from slipway.eventstore.documents import Document
from slipway.eventstore.durability import infrastructure, streams_of
from slipway.eventstore.relay_position import RelayPosition
from slipway.eventstore.relay_sender import Produce, RelaySender

_log = structlog.get_logger(__name__)

_RENEW_SECONDS = 3.0
_RETRY_SECONDS = 1.0
_SAVE_SECONDS = 0.25
_IN_FLIGHT = 2000
_MARGIN = timedelta(seconds=60)
"""A scan begins this long before the last known append. Commits may appear out of order."""
_HISTORY_LOST = {286, 280, 260}
"""Error codes of MongoDB if it can't continue from a token. The relay then scans the streams."""


@dataclass
class _Sent:
    """A change that is being sent.

    The token becomes the stored position when this change and all earlier ones are published.
    """

    token: Document
    at: datetime
    sending: asyncio.Task[None] | None
    """None if events of this stream are not published."""

    def is_published(self) -> bool:
        """Returns whether Kafka has acknowledged the change.

        Raises the error that ended the sending, because the position must not move past this
        change.
        """
        if self.sending is None:
            return True
        if self.sending.done():
            self.sending.result()
        return self.sending.done()


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
        self._position = RelayPosition(database, owner)
        self._sender = RelaySender(produce, service=service, namespace=namespace)
        self._service = service
        self._sent: deque[_Sent] = deque()

    async def run(self) -> None:
        """Runs until it is cancelled. Waits for the lease and publishes while it has the lease."""
        while True:
            try:
                if await self._position.take_lease():
                    await self._publish_while_leased()
            except PyMongoError as error:
                _log.warning("relay waits", service=self._service, error=type(error).__name__)
            except Exception:  # noqa: BLE001 - it restarts at its position; its delay pages (H18)
                _log.exception("relay restarts", service=self._service)
            await asyncio.sleep(_RETRY_SECONDS)

    async def oldest_unpublished(self) -> float:
        """Returns the age in seconds of the oldest append that is not published yet, or 0 (H18).

        It reads the database and not the relay's memory, because the relay may be stuck.
        """
        async with infrastructure():
            position = await self._position.load()
            since = {}
            if "appended_at" in position:
                since = {"appended_at": {"$gt": position["appended_at"]}}
            found = await self._streams.aggregate(
                [
                    {"$match": since},
                    {"$sort": {"appended_at": 1}},
                    {"$limit": 1},
                    {"$project": {"age": {"$subtract": ["$$NOW", "$appended_at"]}}},
                ]
            ).to_list(1)
        return found[0]["age"] / 1000 if found else 0.0

    async def _publish_while_leased(self) -> None:
        follow = asyncio.create_task(self._follow())
        keep = asyncio.create_task(self._keep_lease())
        save = asyncio.create_task(self._save_positions())
        tasks = (follow, keep, save)
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            # Changes without an acknowledgement are sent again, from the stored position.
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, *self._sender.cancel(), return_exceptions=True)
            self._sent.clear()
        for task in tasks:
            if not task.cancelled() and (error := task.exception()) is not None:
                raise error

    async def _keep_lease(self) -> None:
        while await self._position.take_lease():  # noqa: ASYNC110 - time is what it waits for
            await asyncio.sleep(_RENEW_SECONDS)
        _log.warning("relay lost its lease", service=self._service)

    async def _follow(self) -> None:
        position = await self._position.load()
        token = position.get("token")
        resume: Document = {"resume_after": token} if token else {}
        if position.get("invalidated"):
            resume = {"start_after": token}
        try:
            async with self._streams.watch(PIPELINE, max_await_time_ms=500, **resume) as changes:
                if not token:
                    # Opened before the scan: an append in between is published twice, but not lost.
                    await changes.try_next()
                    await self._scan(position, changes.resume_token)
                async for change in changes:
                    await self._take(change)
                    if change["operationType"] == "invalidate":
                        return
        except OperationFailure as error:
            if error.code not in _HISTORY_LOST:
                raise
            _log.error("relay's position is lost: scanning", service=self._service, code=error.code)
            await self._position.forget_token()

    async def _take(self, change: Document) -> None:
        token = change["_id"]
        if change["operationType"] == "invalidate":
            await self._drain()
            await self._position.move_past_invalidate(token)
            return
        found = appended(change)
        self._sent.append(_Sent(token, found.at, self._sender.send(found)))
        while len(self._sent) >= _IN_FLIGHT:  # noqa: ASYNC110 - the saver makes room
            await asyncio.sleep(_SAVE_SECONDS)

    async def _scan(self, position: Document, token: Document) -> None:
        """Publishes all events of every stream that has an append since the stored position.

        Stores `token` at the end. It marks a position of the change stream from before the scan, so
        the change stream continues there without a gap.
        """
        known = position.get("appended_at")
        query = {} if known is None else {"appended_at": {"$gte": known - _MARGIN}}
        cursor = self._streams.find(query, {"events": 1, "appended_at": 1})
        async for document in cursor.sort("appended_at", 1):
            entries: list[Document] = document["events"]
            oldest = entries[0]["version"] if entries else 1 << 62
            # Most streams have no archived events, so the archive is read only if needed.
            archived = await self._archive.read(document["_id"], 0, oldest) if oldest > 1 else ()
            found = Appended(document["_id"], [*archived, *entries], document["appended_at"])
            task = self._sender.send(found)
            if task is not None:
                await task
            known = found.at
        await self._position.move(token, known)

    async def _save_positions(self) -> None:
        while True:
            await self._save_position()
            await asyncio.sleep(_SAVE_SECONDS)

    async def _save_position(self) -> None:
        reached: _Sent | None = None
        while self._sent and self._sent[0].is_published():
            reached = self._sent.popleft()
        if reached is not None:
            await self._position.move(reached.token, reached.at)

    async def _drain(self) -> None:
        while self._sent:  # noqa: ASYNC110 - the saver empties it
            await asyncio.sleep(_SAVE_SECONDS)
