"""A clock that follows the database's clock, so that a due time means the same everywhere (H41).

Due times are compared with the clock of MongoDB's server. The host measures that clock before work
starts and with each heartbeat. Between two measurements, the time since the machine's start is
added, so a jump of the local clock has no effect.
"""

import time
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

from slipway.runtime.sources import utcnow

_TOLERANCE = timedelta(milliseconds=100)
"""A smaller difference is noise of the measurement and changes nothing."""
_LONGEST_ROUND_TRIP_SECONDS = 1.0
"""A slower answer says too little about the server's clock."""


def _since_boot() -> float:
    return time.clock_gettime(time.CLOCK_BOOTTIME)


class DatabaseClock:
    """Returns the database's time. Until the first measurement it returns the local time."""

    def __init__(
        self,
        local: Callable[[], datetime] = utcnow,
        since_boot: Callable[[], float] = _since_boot,
    ) -> None:
        self._local = local
        self._since_boot = since_boot
        self._anchor: tuple[datetime, float] | None = None
        self.skew_seconds: float | None = None
        """How far the local clock is ahead of the database's; None before a measurement."""

    def __call__(self) -> datetime:
        if self._anchor is None:
            return self._local()
        at, measured = self._anchor
        return at + timedelta(seconds=self._since_boot() - measured)

    async def follow(self, ask_database: Callable[[], Awaitable[datetime]]) -> None:
        """Asks the database for its time and updates the estimate of its clock.

        Assumes that the answer travelled for half of the round trip.
        """
        sent = self._since_boot()
        answer = await ask_database()
        answered = self._since_boot()
        if self._anchor is not None and answered - sent > _LONGEST_ROUND_TRIP_SECONDS:
            return
        now = answer + timedelta(seconds=(answered - sent) / 2)
        self.skew_seconds = (self._local() - now).total_seconds()
        if self._anchor is None or abs(now - self()) > _TOLERANCE:
            self._anchor = (now, answered)
