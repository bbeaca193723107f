"""What happens without an event: deadlines pass, locations begin to act, data grows old."""

import asyncio
from collections.abc import Callable
from datetime import datetime
from typing import Protocol

import structlog

from slipway.eventstore.store import StoreUnavailable

_log = structlog.get_logger(__name__)
_EVERY_SECONDS = 1.0
_SAMPLE_EVERY = 10
_FORGET_EVERY = 3600


class Revises(Protocol):
    """The projector, as this room sees it; each raises StoreUnavailable."""

    async def decide_overdue(self, now: datetime) -> int: ...

    async def release_withheld(self) -> int: ...

    async def sample_age(self, now: datetime) -> None: ...

    async def forget_minutes(self, now: datetime) -> None: ...


async def run(revises: Revises, clock: Callable[[], datetime]) -> None:
    """Until cancelled. Every process may run it: when and how often doesn't change the outcome."""
    rounds = 0
    while True:
        try:
            await revises.release_withheld()
            await revises.decide_overdue(clock())
            if rounds % _SAMPLE_EVERY == 0:
                await revises.sample_age(clock())
            if rounds % _FORGET_EVERY == 0:
                await revises.forget_minutes(clock())
        except StoreUnavailable as error:
            _log.warning("mongodb is away", error=str(error))
        rounds += 1
        await asyncio.sleep(_EVERY_SECONDS)
