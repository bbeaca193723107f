"""Updates the read models when time passes without an event, for example at a task's deadline.

`scheduler` calls the methods of `MongoScheduledWork` regularly, in every process. A repeated call
does no harm.
"""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from motor.motor_asyncio import AsyncIOMotorDatabase

from slipway.reporting.projections.batch import BUCKETS, Changes, add_to_buckets, record_change
from slipway.reporting.projections.projection import View, minute_of, truncated_to_ms
from slipway.reporting.projections.registry import Projections
from slipway.reporting.projections.sketch import duration
from slipway.reporting.projections.tasks import projection as tasks
from slipway.reporting.read_models.view_store import Session, ViewStore, unavailable_store

_BATCH = 200
_MINUTES_KEPT = timedelta(days=1)


class MongoScheduledWork:
    """Does the periodic work. Every call raises StoreUnavailable while MongoDB does not respond."""

    def __init__(
        self,
        database: AsyncIOMotorDatabase[Any],
        projections: Projections,
        task_deadline_seconds: float,
    ) -> None:
        self._database = database
        self._store = ViewStore(database)
        self._projections = projections
        self._task_deadline_seconds = task_deadline_seconds

    async def fail_overdue(self, now: datetime) -> int:
        """Marks tasks as failed after their deadline. Returns how many lifecycles it checked."""
        filter_ = {"next_decision": {"$lte": now}}
        at = truncated_to_ms(now)
        return await self._revise(filter_, lambda view: tasks.with_expired_deadlines(view, at))

    async def release_withheld(self) -> int:
        """Starts the withheld tasks of all locations that are now in mode `act`.

        Each task counts from the time of the switch. Returns how many lifecycles it checked.
        """
        checked = 0
        with unavailable_store():
            acting = await self._database["locations"].find({"mode": "act"}).to_list(None)
        for location in acting:
            acts_since = location["mode_at"]

            def revise(view: View, id_: str = location["_id"], at: datetime = acts_since) -> View:
                return tasks.with_withheld_released(view, id_, at, self._task_deadline_seconds)

            checked += await self._revise({"withheld": location["_id"]}, revise)
        return checked

    async def sample_data_age(self, now: datetime) -> None:
        """Records the age of the newest event, for the measure of the portal's data age."""
        with unavailable_store():
            found = await self._database["offsets"].find_one(
                {"newest_at": {"$ne": None}}, sort=[("newest_at", -1)]
            )
        if found is not None:
            changes = Changes()
            age = max(int((now - found["newest_at"]).total_seconds() * 1000), 0)
            for name, number in duration("data_age", age).items():
                add_to_buckets(changes, minute_of(now), name, number)
            await self._store.add_to_buckets(changes)

    async def delete_old_minutes(self, now: datetime) -> None:
        """Deletes minute buckets after a day. Hour and day buckets stay forever."""
        with unavailable_store():
            await self._database[BUCKETS].delete_many(
                {"span": "minute", "at": {"$lt": now - _MINUTES_KEPT}}
            )

    async def _revise(self, filter_: Mapping[str, Any], revise: Callable[[View], View]) -> int:
        with unavailable_store():
            cursor = self._database[tasks.COLLECTION].find(filter_, {"_id": 1}).limit(_BATCH)
            ids = [found["_id"] async for found in cursor]

        async def transaction(session: Session) -> None:
            views = await self._store.load(session, {tasks.COLLECTION: ids})
            changes = Changes()
            for view in views[tasks.COLLECTION].values():
                record_change(changes, self._projections.tasks, view, revise(view))
            await self._store.write(session, changes, views)

        if ids:
            await self._store.in_transaction(transaction)
        return len(ids)
