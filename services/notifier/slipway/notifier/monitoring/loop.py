"""Asks the vital signs every second and hands what changed to the incident desk.

Only changes go on: a service that stays silent is one symptom, not one a second.
"""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Iterable
from datetime import datetime
from typing import Protocol

from slipway.contracts.envelope import Meta
from slipway.contracts.incidents import IncidentCause
from slipway.eventstore.store import StoreUnavailable
from slipway.notifier.incidents.rules.result import Finding, Symptom
from slipway.notifier.monitoring.health import VitalSigns

_SECONDS = 1.0


class Desk(Protocol):
    async def take(
        self, event_id: str, findings: Iterable[Finding], *, now: datetime, meta: Meta
    ) -> None:
        """Raise or clear; safe to repeat with the same event id."""


class Watch:
    def __init__(
        self,
        vital_signs: VitalSigns,
        desk: Desk,
        *,
        clock: Callable[[], datetime],
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._vital_signs = vital_signs
        self._desk = desk
        self._clock = clock
        self._sleep = sleep
        self._told: dict[tuple[IncidentCause | None, str | None], bool] = {}
        """Per cause and subject: whether we last said that it is wrong. Unknown after a start, so
        recoveries are said once to what an earlier process may have left open."""

    async def run(self) -> None:
        while True:
            # `last_resort` speaks when it lasts; the next look says the rest.
            with contextlib.suppress(StoreUnavailable):
                await self.look()
            await self._sleep(_SECONDS)

    async def look(self) -> None:
        now = self._clock()
        for finding in self._vital_signs.check(now):
            wrong = isinstance(finding, Symptom)
            key = (finding.cause, finding.subject)
            if self._told.get(key) is wrong:
                continue
            id_ = f"watch/{finding.cause}/{finding.subject}/{now.isoformat()}"
            await self._desk.take(id_, [finding], now=now, meta=Meta(correlation_id=id_))
            self._told[key] = wrong
