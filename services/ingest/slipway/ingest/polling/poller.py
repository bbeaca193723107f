"""Polls a location's subscriptions. A row that differs from its stream becomes a delivery.

The poll finds changes that webhooks missed. It also finds plan changes, for which GHL sends no
webhook. A missing row proves nothing, because GHL's offset paging skips rows (H26).
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta

import structlog

from slipway.contracts.deliveries import SilenceCause
from slipway.eventstore.store import EventStore, StoreUnavailable
from slipway.eventstore.stream import NewStream
from slipway.ingest.deliveries.decider import DELIVERY
from slipway.ingest.ghl.port import ApiProblem, GhlApi, Page, Refused, TryLater
from slipway.ingest.polling.row_comparer import RowComparer
from slipway.ingest.polling.silence_monitor import SilenceMonitor
from slipway.ingest.subscriptions.plans import Plans
from slipway.telemetry import traces

_log = structlog.get_logger(__name__)

PAGE_ROWS = 100
_MAX_PAGES = 10_000

_SILENCE_CAUSES = {
    ApiProblem.UNREACHABLE: SilenceCause.API_UNREACHABLE,
    ApiProblem.TOKEN_REFUSED: SilenceCause.TOKEN_REFUSED,
}
"""A reached rate limit is missing here: it is reported only if it lasts."""

_RATE_LIMITED_TOO_LONG = timedelta(minutes=5)

Sleep = Callable[[float], Awaitable[None]]


class Poller:
    """Polls one location.

    Several processes may poll it at the same time, because the same row leads to the same delivery
    id.
    """

    def __init__(  # noqa: PLR0913 - wiring names each
        self,
        location: str,
        store: EventStore,
        ghl: GhlApi,
        silence_monitor: SilenceMonitor,
        plans: Plans,
        *,
        clock: Callable[[], datetime],
        wake: Callable[[], None],
        sleep: Sleep = asyncio.sleep,
        every_seconds: float = 60.0,
    ) -> None:
        self._location = location
        self._store = store
        self._ghl = ghl
        self._silence_monitor = silence_monitor
        self._rows = RowComparer(location, store, plans, clock)
        self._clock = clock
        self._wake = wake
        self._sleep = sleep
        self._every_seconds = every_seconds

    async def run(self) -> None:
        """Polls regularly until it is cancelled."""
        while True:
            wait = self._every_seconds
            try:
                await self.poll_once()
            except TryLater as error:
                wait = min(max(error.after_seconds, 1.0), self._every_seconds)
            except (Refused, StoreUnavailable) as error:
                _log.warning("poll waits", location=self._location, error=str(error))
            await self._sleep(wait)

    async def poll_once(self) -> int:
        """Polls the whole list and returns the number of new deliveries.

        Raises TryLater, Refused and StoreUnavailable.
        """
        try:
            with traces.span("poll"):
                created = await self._poll_all_pages()
        except TryLater as error:
            cause = _SILENCE_CAUSES.get(error.problem)
            if cause is not None:
                await self._report_unreadable(cause)
            raise
        except Refused:
            await self._report_unreadable(SilenceCause.TOKEN_REFUSED)
            raise
        if self._rows.unreadable_rows:
            await self._report_unreadable(SilenceCause.LIST_NOT_UNDERSTOOD)
        else:
            await self._silence_monitor.report_readable(self._location, self._clock())
        return created

    async def _report_unreadable(self, cause: SilenceCause, since: datetime | None = None) -> None:
        await self._silence_monitor.report_unreadable(self._location, cause, self._clock(), since)

    async def _poll_all_pages(self) -> int:
        self._rows.begin_poll()
        created, offset = 0, 0
        for _ in range(_MAX_PAGES):
            page = await self._page(offset)
            created += await self._create(await self._rows.compare(page.rows))
            offset += len(page.rows)
            if not page.rows or (page.total is not None and offset >= page.total):
                break
        self._rows.end_poll()
        return created

    async def _page(self, offset: int) -> Page:
        """Returns a page. Waits if the rate limit is reached, which happens in a long list."""
        since = self._clock()
        while True:
            try:
                return await self._ghl.page(self._location, offset, PAGE_ROWS)
            except TryLater as error:
                if error.problem is not ApiProblem.RATE_LIMITED:
                    raise
                if self._clock() - since >= _RATE_LIMITED_TOO_LONG:
                    await self._report_unreadable(SilenceCause.RATE_LIMITED, since)
                await self._sleep(error.after_seconds)

    async def _create(self, deliveries: Sequence[NewStream]) -> int:
        created = await self._store.create_streams(DELIVERY, deliveries) if deliveries else []
        if any(created):
            self._wake()
        return created.count(True)
