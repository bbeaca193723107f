"""Projects batches of events: writes the views and the consumed offset in one transaction.

The offset is updated by compare-and-set. So a process that lost its partition without noticing
writes nothing (H10).
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from motor.motor_asyncio import AsyncIOMotorDatabase
from pymongo.errors import DuplicateKeyError

from slipway.contracts.envelope import Recorded
from slipway.messaging.offsets import OffsetConflict
from slipway.reporting.projections.batch import fold, plan_fold
from slipway.reporting.projections.registry import Projections
from slipway.reporting.read_models.view_store import Session, ViewStore, unavailable_store


class Projector:
    def __init__(self, database: AsyncIOMotorDatabase[Any], projections: Projections) -> None:
        self._database = database
        self._store = ViewStore(database)
        self._projections = projections

    async def offset(self, topic: str, partition: int) -> int:
        """Returns the next offset to read, or 0 for a new partition. Raises StoreUnavailable."""
        id_ = _offset_id(topic, partition)
        with unavailable_store():
            found = await self._database["offsets"].find_one({"_id": id_})
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
        """Projects the records from `offset` up to `next_offset`, and stores `next_offset`.

        Raises OffsetConflict or StoreUnavailable. In both cases nothing is written.
        """
        ids, steps = plan_fold(self._projections, records)
        newest = max((record.time for record in records), default=None)
        offset_id = _offset_id(topic, partition)

        async def transaction(session: Session) -> None:
            await self._move_offset(session, offset_id, offset, next_offset, newest)
            views = await self._store.load(session, ids)
            await self._store.write(session, fold(steps, views), views)

        await self._store.in_transaction(transaction)

    async def apply_again(self, recorded: Recorded) -> None:
        """Projects a redriven dead letter without changing the offset, which is already higher.

        Raises StoreUnavailable.
        """
        ids, steps = plan_fold(self._projections, [recorded])

        async def transaction(session: Session) -> None:
            views = await self._store.load(session, ids)
            await self._store.write(session, fold(steps, views), views)

        await self._store.in_transaction(transaction)

    async def _move_offset(
        self,
        session: Session,
        id_: str,
        expected: int,
        next_offset: int,
        newest: datetime | None,
    ) -> None:
        moved: dict[str, Any] = {"$set": {"next": next_offset}}
        if newest is not None:
            moved["$max"] = {"newest_at": newest}
        try:
            result = await self._database["offsets"].update_one(
                {"_id": id_, "next": expected}, moved, upsert=expected == 0, session=session
            )
        except DuplicateKeyError as error:
            raise OffsetConflict(id_) from error
        if not result.matched_count and result.upserted_id is None:
            raise OffsetConflict(id_)


def _offset_id(topic: str, partition: int) -> str:
    return f"{topic}/{partition}"
