"""Health-check loop: evaluates the health every second and passes changes to the intake.

A problem that lasts is passed to the incident intake once, not every second.
"""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Iterable
from datetime import datetime
from typing import Protocol

from slipway.contracts.envelope import Meta
from slipway.contracts.incidents import IncidentCause
from slipway.eventstore.store import StoreUnavailable
from slipway.notifier.incidents.rules.result import RuleResult, Symptom
from slipway.notifier.monitoring.health import HealthEvaluator

_INTERVAL_SECONDS = 1.0


class ResultHandler(Protocol):
    async def handle_results(
        self, event_id: str, results: Iterable[RuleResult], *, now: datetime, meta: Meta
    ) -> None:
        """Raises or resolves incidents. Safe to repeat with the same event id."""


class HealthCheckLoop:
    def __init__(
        self,
        evaluator: HealthEvaluator,
        handler: ResultHandler,
        *,
        clock: Callable[[], datetime],
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._evaluator = evaluator
        self._handler = handler
        self._clock = clock
        self._sleep = sleep
        self._unhealthy: dict[tuple[IncidentCause | None, str | None], bool] = {}
        """The last verdict handed over for each cause and subject. Empty after a start, so that a
        recovery also resolves an incident that an earlier process opened."""

    async def run(self) -> None:
        while True:
            # If the store is unavailable, the next check passes the same change again.
            with contextlib.suppress(StoreUnavailable):
                await self.check_once()
            await self._sleep(_INTERVAL_SECONDS)

    async def check_once(self) -> None:
        now = self._clock()
        for result in self._evaluator.evaluate(now):
            unhealthy = isinstance(result, Symptom)
            key = (result.cause, result.subject)
            if self._unhealthy.get(key) is unhealthy:
                continue
            id_ = f"health/{result.cause}/{result.subject}/{now.isoformat()}"
            meta = Meta(correlation_id=id_)
            await self._handler.handle_results(id_, [result], now=now, meta=meta)
            self._unhealthy[key] = unhealthy
