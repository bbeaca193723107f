"""Notices when a location falls silent and when it is heard again; `silence` decides.

The inbox says what it heard, the poller whether GHL lets itself be read; they may be processes
apart, so the rhythm is watched where it is heard.
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
from slipway.ingest.polling.silence_decider import (
    SILENCE,
    Command,
    NoticeSilence,
    NoticeSound,
    Rhythm,
)

_log = structlog.get_logger(__name__)

_UNREADABLE = frozenset(SilenceCause) - {SilenceCause.NO_DELIVERIES}
_EVERY_SECONDS = 30.0

Sleep = Callable[[float], Awaitable[None]]


class Listening:
    """`floor_seconds`: a pause shorter than this is never unusual."""

    def __init__(
        self,
        store: EventStore,
        *,
        new_id: Callable[[], str],
        floor_seconds: float,
        patience_seconds: float = 30.0,
    ) -> None:
        self._store = store
        self._new_id = new_id
        self._floor_seconds = floor_seconds
        self._patience_seconds = patience_seconds
        self._rhythms: dict[str, Rhythm] = {}
        self._trouble_since: dict[str, datetime] = {}

    def heard(self, location: str, at: datetime) -> None:
        self._rhythms[location] = self._rhythms.get(location, Rhythm(at)).hear(at)

    async def unreadable(self, location: str, cause: SilenceCause, now: datetime) -> None:
        """A blip is no silence: only what lasts is said."""
        since = self._trouble_since.setdefault(location, now)
        if (now - since).total_seconds() >= self._patience_seconds:
            await self._notice(location, NoticeSilence(location, cause, since), now)

    async def readable(self, location: str, now: datetime) -> None:
        self._trouble_since.pop(location, None)
        await self._notice(location, NoticeSound(location, _UNREADABLE, now), now)

    async def run(self, clock: Callable[[], datetime], *, sleep: Sleep = asyncio.sleep) -> None:
        """Until cancelled."""
        while True:
            await sleep(_EVERY_SECONDS)
            try:
                await self.watch(clock())
            except StoreUnavailable as error:
                _log.warning("silence can't be said", error=str(error))

    async def watch(self, now: datetime) -> None:
        """Say which locations fell silent against their own rhythm, and which are heard again."""
        for location, rhythm in list(self._rhythms.items()):
            since = rhythm.silent_since(now, self._floor_seconds)
            if since is not None:
                await self._notice(
                    location, NoticeSilence(location, SilenceCause.NO_DELIVERIES, since), now
                )
            else:
                heard = NoticeSound(location, frozenset({SilenceCause.NO_DELIVERIES}), now)
                await self._notice(location, heard, now)

    async def _notice(self, location: str, command: Command, now: datetime) -> None:
        await handle(
            self._store,
            SILENCE,
            stream_of(SILENCE.category, location),
            command,
            now=now,
            meta=Meta(correlation_id=self._new_id()),
        )
