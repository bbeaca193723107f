"""Pages each location's list; what differs from its stream becomes a hint on the common path.

It finds what webhooks missed, and plan changes, which have no webhook. It keeps nothing that a
restart would miss. A row that is absent says nothing: offset paging skips rows (H26).
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from datetime import datetime

import structlog

from slipway.contracts.deliveries import SilenceCause
from slipway.contracts.envelope import Meta
from slipway.contracts.ids import stream_of, subscription_id
from slipway.contracts.subscriptions import PlanUnmapped
from slipway.eventstore.store import EventStore, StoreUnavailable
from slipway.eventstore.stream import NewStream
from slipway.ingest.deliveries.decider import DELIVERY
from slipway.ingest.ghl.payload import text
from slipway.ingest.ghl.port import (
    ApiProblem,
    Ghl,
    Page,
    Record,
    Refused,
    TryLater,
)
from slipway.ingest.polling.silence_monitor import Listening
from slipway.ingest.subscriptions import record_diff as difference
from slipway.ingest.subscriptions.decider import SUBSCRIPTION, Subscription
from slipway.ingest.subscriptions.plans import Plans
from slipway.telemetry import traces

_log = structlog.get_logger(__name__)

PAGE_ROWS = 100
_MOST_PAGES = 10_000
_PASSES_BEFORE_ALL_ARE_COMPARED = 20

_SILENCE_CAUSES = {
    ApiProblem.UNREACHABLE: SilenceCause.API_UNREACHABLE,
    ApiProblem.TOKEN_REFUSED: SilenceCause.TOKEN_REFUSED,
}
"""A used-up rate limit is our own doing and no silence."""

Sleep = Callable[[float], Awaitable[None]]


class Poller:
    """One location's. Several processes may poll at once: the same difference has the same id."""

    def __init__(  # noqa: PLR0913 - wiring names each
        self,
        location: str,
        store: EventStore,
        ghl: Ghl,
        listening: Listening,
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
        self._listening = listening
        self._plans = plans
        self._clock = clock
        self._wake = wake
        self._sleep = sleep
        self._every_seconds = every_seconds
        self._agreed: dict[str, str] = {}
        self._suspected: dict[str, str] = {}
        self._passes = 0
        self._odd_rows = 0

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            wait = self._every_seconds
            try:
                await self.pass_once()
            except TryLater as error:
                wait = min(max(error.after_seconds, 1.0), self._every_seconds)
            except (Refused, StoreUnavailable) as error:
                _log.warning("poll waits", location=self._location, error=str(error))
            await self._sleep(wait)

    async def pass_once(self) -> int:
        """Read the whole list once; how many hints came of it. Raises TryLater where GHL is."""
        try:
            with traces.span("poll"):
                hints = await self._compare_all()
        except TryLater as error:
            cause = _SILENCE_CAUSES.get(error.problem)
            if cause is not None:
                await self._listening.unreadable(self._location, cause, self._clock())
            raise
        except Refused:
            cause = SilenceCause.TOKEN_REFUSED
            await self._listening.unreadable(self._location, cause, self._clock())
            raise
        if self._odd_rows:
            cause = SilenceCause.LIST_NOT_UNDERSTOOD
            await self._listening.unreadable(self._location, cause, self._clock())
        else:
            await self._listening.readable(self._location, self._clock())
        return hints

    async def _compare_all(self) -> int:
        self._passes += 1
        if self._passes % _PASSES_BEFORE_ALL_ARE_COMPARED == 0:
            # What agreed is not compared again while its row stays the same; now and then it is.
            self._agreed.clear()
        hints, offset, self._odd_rows = 0, 0, 0
        suspected: dict[str, str] = {}
        for _ in range(_MOST_PAGES):
            page = await self._page(offset)
            hints += await self._compare(page.rows, suspected)
            offset += len(page.rows)
            if not page.rows or (page.total is not None and offset >= page.total):
                break
        self._suspected = suspected
        return hints

    async def _page(self, offset: int) -> Page:
        """Waits for its turn: a list of many pages takes more than the budget holds at once."""
        while True:
            try:
                return await self._ghl.page(self._location, offset, PAGE_ROWS)
            except TryLater as error:
                if error.problem is not ApiProblem.RATE_LIMITED:
                    raise
                await self._sleep(error.after_seconds)

    async def _compare(self, rows: Iterable[Record], suspected: dict[str, str]) -> int:
        firsts = [first for row in rows if (first := await self._read(row, suspected)) is not None]
        begun = await self._store.create_streams(DELIVERY, firsts) if firsts else []
        if any(begun):
            self._wake()
        return begun.count(True)

    async def _read(self, row: Record, suspected: dict[str, str]) -> NewStream | None:
        """One row that can't be read must not hide the others, nor end the process."""
        try:
            return await self._inferred(row, suspected)
        except StoreUnavailable:
            raise
        except Exception:  # noqa: BLE001 - said by the location's silence
            _log.exception("a row of the list can't be read", location=self._location)
            self._odd_rows += 1
            return None

    async def _inferred(self, row: Record, suspected: dict[str, str]) -> NewStream | None:
        id_ = text(row.get("_id"))
        if id_ is None:
            return None
        said = difference.fingerprint(row)
        if self._agreed.get(id_) == said:
            return None
        stream = await self._store.load(
            SUBSCRIPTION,
            stream_of(SUBSCRIPTION.category, subscription_id(self._location, id_)),
        )
        if not self._mapped_since(stream.state):
            known = stream.state.entitlement
            if not difference.differs(row, known.record if known else None):
                self._agreed[id_] = said
                return None
            suspected[id_] = said
            if self._suspected.get(id_) != said:
                # Its webhook may be on its way: only what a second pass finds again was missed.
                return None
        now = self._clock()
        event = difference.inferred(self._location, row, stream.version, now)
        if event is None:
            return None
        return NewStream(
            stream_of(DELIVERY.category, event.delivery_id),
            (event,),
            now,
            Meta(correlation_id=event.delivery_id, traceparent=traces.current_traceparent()),
        )

    def _mapped_since(self, known: Subscription) -> bool:
        """GHL's record is the same, but its price meant nothing when it was read (H30)."""
        price = known.entitlement.record.price_id if known.entitlement else None
        return known.finding == PlanUnmapped.TYPE and price is not None and self._plans.knows(price)
