"""The paid periods of subscriptions: how long one lasts, and what happens at its end."""

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta

from slipway.simulators.ports import Clock, Sleep


class PaidPeriods:
    """`seconds`: the length of a period. None: no record shows a period."""

    def __init__(self, seconds: float | None, clock: Clock, sleep: Sleep) -> None:
        self._seconds = seconds
        self._clock = clock
        self._sleep = sleep
        self._ends: set[asyncio.Task[None]] = set()

    def end(self, start: datetime) -> datetime | None:
        """Returns the end of the period that begins then."""
        return None if self._seconds is None else start + timedelta(seconds=self._seconds)

    def call_at(self, end: datetime, action: Callable[[], object]) -> None:
        wait = max((end - self._clock()).total_seconds(), 0.0)
        task = asyncio.ensure_future(self._call_after(wait, action))
        self._ends.add(task)
        task.add_done_callback(self._ends.discard)

    def close(self) -> None:
        for task in self._ends:
            task.cancel()

    async def _call_after(self, seconds: float, action: Callable[[], object]) -> None:
        await self._sleep(seconds)
        action()
