"""Compares the rows of a location's list with their streams.

A difference becomes a delivery. `poller` passes the rows of each page. The remembered fingerprints
only save work, so a restart may lose them.
"""

from collections.abc import Callable, Iterable
from datetime import datetime

import structlog

from slipway.contracts.envelope import Meta
from slipway.contracts.ids import stream_of, subscription_id
from slipway.contracts.subscriptions import PlanUnmapped
from slipway.eventstore.store import EventStore, StoreUnavailable
from slipway.eventstore.stream import NewStream
from slipway.ingest.deliveries.decider import DELIVERY
from slipway.ingest.ghl.payload import text
from slipway.ingest.ghl.port import Record
from slipway.ingest.polling import record_diff
from slipway.ingest.polling.repeated_hints import RepeatedHints
from slipway.ingest.subscriptions.decider import SUBSCRIPTION
from slipway.ingest.subscriptions.plans import Plans
from slipway.ingest.subscriptions.state import Subscription
from slipway.telemetry import traces

_log = structlog.get_logger(__name__)

_POLLS_BEFORE_FULL_COMPARISON = 20


class RowComparer:
    def __init__(
        self, location: str, store: EventStore, plans: Plans, clock: Callable[[], datetime]
    ) -> None:
        self._location = location
        self._store = store
        self._plans = plans
        self._clock = clock
        self._matching: dict[str, str] = {}
        """Fingerprints of the rows that matched their streams; they are not loaded again."""
        self._differing: dict[str, str] = {}
        """Fingerprints of the rows that differed in the last complete poll."""
        self._differing_now: dict[str, str] = {}
        self._hints = RepeatedHints(store)
        self._polls = 0
        self.unreadable_rows = 0

    def begin_poll(self) -> None:
        self._polls += 1
        if self._polls % _POLLS_BEFORE_FULL_COMPARISON == 0:
            self._matching.clear()
        self._differing_now = {}
        self.unreadable_rows = 0

    async def compare(self, rows: Iterable[Record]) -> list[NewStream]:
        """Returns a new delivery for each row that differs. Raises StoreUnavailable."""
        compared = [await self._compare_safely(row) for row in rows]
        return [delivery for delivery in compared if delivery is not None]

    def end_poll(self) -> None:
        """Remembers which rows differed. Call it only after a complete poll."""
        self._differing = self._differing_now

    async def _compare_safely(self, row: Record) -> NewStream | None:
        # A row that can't be read must neither hide the other rows nor end the process.
        try:
            return await self._compare(row)
        except StoreUnavailable:
            raise
        except Exception:  # noqa: BLE001 - reported as the location's silence
            _log.exception("a row of the list can't be read", location=self._location)
            self.unreadable_rows += 1
            return None

    async def _compare(self, row: Record) -> NewStream | None:
        id_ = text(row.get("_id"))
        if id_ is None:
            return None
        fingerprint = record_diff.fingerprint(row)
        if self._matching.get(id_) == fingerprint:
            return None
        stream = await self._store.load(
            SUBSCRIPTION, stream_of(SUBSCRIPTION.category, subscription_id(self._location, id_))
        )
        if not self._is_mapped_now(stream.state):
            known = stream.state.entitlement
            if not record_diff.differs(row, known.record if known else None):
                self._matching[id_] = fingerprint
                self._hints.forget(id_)
                return None
            self._differing_now[id_] = fingerprint
            if self._differing.get(id_) != fingerprint:
                # The webhook may still arrive, so only a second poll shows that it was missed.
                return None
        now, difference = self._clock(), f"{fingerprint}@{stream.version}"
        if not await self._hints.allows(id_, difference, now):
            return None
        event = record_diff.inferred_delivery(self._location, id_, row, stream.version, now)
        delivery = stream_of(DELIVERY.category, event.delivery_id)
        self._hints.note(id_, difference, now, delivery)
        return NewStream(
            delivery,
            (event,),
            now,
            Meta(correlation_id=event.delivery_id, traceparent=traces.current_traceparent()),
        )

    def _is_mapped_now(self, known: Subscription) -> bool:
        """Returns whether `plans.yaml` maps a price that it did not map at the last read (H30)."""
        price = known.entitlement.record.price_id if known.entitlement else None
        unmapped = known.last_event_type == PlanUnmapped.TYPE
        return unmapped and price is not None and self._plans.knows(price)
