"""Detects that a location has become silent or is active again. `silence_decider` decides.

The inbox reports webhooks, and the poller reports whether it can read GHL. They may run in
different processes. Only the inbox's process receives webhooks, so their interval is monitored
there.
"""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime

import structlog

from slipway.contracts.deliveries import SilenceCause
from slipway.contracts.envelope import Meta
from slipway.contracts.ids import stream_of
from slipway.eventstore.command_handling import handle
from slipway.eventstore.store import EventStore, StoreUnavailable
from slipway.ingest.polling.expected_interval import ExpectedInterval
from slipway.ingest.polling.silence_decider import (
    SILENCE,
    Command,
    ReportActivity,
    ReportSilence,
)

_log = structlog.get_logger(__name__)

_UNREADABLE = frozenset(SilenceCause) - {SilenceCause.NO_DELIVERIES}
_CHECK_SECONDS = 30.0

Sleep = Callable[[float], Awaitable[None]]


class SilenceMonitor:
    """Monitors all locations.

    A pause shorter than `min_silence_seconds` is never reported. A location that the poller can't
    read is reported after `unreadable_seconds`.
    """

    def __init__(
        self,
        store: EventStore,
        *,
        new_id: Callable[[], str],
        min_silence_seconds: float,
        unreadable_seconds: float = 30.0,
    ) -> None:
        self._store = store
        self._new_id = new_id
        self._min_silence_seconds = min_silence_seconds
        self._unreadable_seconds = unreadable_seconds
        self._intervals: dict[str, ExpectedInterval] = {}
        self._unreadable_since: dict[str, datetime] = {}

    def record_activity(self, location: str, at: datetime) -> None:
        self._intervals[location] = self._intervals.get(location, ExpectedInterval(at)).observe(at)

    async def report_unreadable(
        self, location: str, cause: SilenceCause, now: datetime, since: datetime | None = None
    ) -> None:
        since = self._unreadable_since.setdefault(location, since or now)
        if (now - since).total_seconds() >= self._unreadable_seconds:
            await self._handle(location, ReportSilence(location, cause, since), now)

    async def report_readable(self, location: str, now: datetime) -> None:
        self._unreadable_since.pop(location, None)
        await self._handle(location, ReportActivity(location, _UNREADABLE, now), now)

    async def run(self, clock: Callable[[], datetime], *, sleep: Sleep = asyncio.sleep) -> None:
        """Checks all locations regularly until it is cancelled."""
        while True:
            await sleep(_CHECK_SECONDS)
            try:
                await self.check(clock())
            except StoreUnavailable as error:
                _log.warning("silence can't be stored", error=str(error))

    async def check(self, now: datetime) -> None:
        """Reports each location as silent or active, according to its own expected interval."""
        for location, interval in list(self._intervals.items()):
            since = interval.silent_since(now, self._min_silence_seconds)
            if since is None:
                ended = frozenset({SilenceCause.NO_DELIVERIES})
                await self._handle(location, ReportActivity(location, ended, now), now)
            else:
                silence = ReportSilence(location, SilenceCause.NO_DELIVERIES, since)
                await self._handle(location, silence, now)

    async def _handle(self, location: str, command: Command, now: datetime) -> None:
        await handle(
            self._store,
            SILENCE,
            stream_of(SILENCE.category, location),
            command,
            now=now,
            meta=Meta(correlation_id=self._new_id()),
        )
