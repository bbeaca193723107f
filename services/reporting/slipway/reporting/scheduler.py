"""Runs periodic work that no event triggers. For example, marks overdue tasks as failed."""

import asyncio
from collections.abc import Callable
from datetime import datetime
from typing import Protocol

import structlog

from slipway.eventstore.store import StoreUnavailable

_log = structlog.get_logger(__name__)
_EVERY_SECONDS = 1.0
_SAMPLE_EVERY = 10
_DELETE_EVERY = 3600


class ScheduledWork(Protocol):
    """The port that `read_models.scheduled_work` implements.

    Each method may raise StoreUnavailable.
    """

    async def fail_overdue(self, now: datetime) -> int: ...

    async def release_withheld(self) -> int: ...

    async def sample_data_age(self, now: datetime) -> None: ...

    async def delete_old_minutes(self, now: datetime) -> None: ...


async def run(work: ScheduledWork, clock: Callable[[], datetime]) -> None:
    """Does the periodic work until cancelled.

    Several processes may run it at the same time, because repeated work does no harm.
    """
    rounds = 0
    while True:
        try:
            await work.release_withheld()
            await work.fail_overdue(clock())
            if rounds % _SAMPLE_EVERY == 0:
                await work.sample_data_age(clock())
            if rounds % _DELETE_EVERY == 0:
                await work.delete_old_minutes(clock())
        except StoreUnavailable as error:
            _log.warning("mongodb is unavailable", error=str(error))
        rounds += 1
        await asyncio.sleep(_EVERY_SECONDS)
