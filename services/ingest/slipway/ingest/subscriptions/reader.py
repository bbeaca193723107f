"""Reads a subscription and its order from GHL and appends what is new. Called by the workers.

The stream is loaded first and GHL asked second; the append expects the version that was loaded,
else GHL is asked again. So what was read later stands later, and no clocks are compared (H6).
"""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from slipway.contracts.envelope import Meta
from slipway.contracts.ids import ghl_id_of, location_of, stream_of
from slipway.contracts.subscriptions import (
    EntitlementChecked,
    EntitlementCheckRequested,
    RecordRead,
    RecordReadRequested,
    SubscriptionEvent,
)
from slipway.eventstore.store import EventStore, VersionConflict
from slipway.eventstore.stream import Stream
from slipway.ingest.ghl.port import Ghl, Record
from slipway.ingest.ghl.record import order_id_in
from slipway.ingest.ghl.status import StatusClass
from slipway.ingest.subscriptions.assessment import Assessment, assess
from slipway.ingest.subscriptions.decider import (
    SUBSCRIPTION,
    Command,
    RecordSnapshot,
    Subscription,
    decide_all,
)
from slipway.ingest.subscriptions.plans import Plans

Questions = Callable[[Subscription, Assessment | None], Sequence[Command]]
"""What to tell the decider, from the stream before the reading and from the reading."""

_CONFLICTS = 8
_TAIL = 50
_NO_NEWS = (EntitlementChecked, EntitlementCheckRequested, RecordRead, RecordReadRequested)


@dataclass(frozen=True)
class Reading:
    subscription: str
    found: bool
    status: StatusClass | None
    changed: bool
    version: int


def record_it(_: Subscription, assessment: Assessment | None) -> Sequence[Command]:
    return [] if assessment is None else [RecordSnapshot(assessment)]


class Reader:
    def __init__(
        self, store: EventStore, ghl: Ghl, plans: Plans, clock: Callable[[], datetime]
    ) -> None:
        self._store = store
        self._ghl = ghl
        self._plans = plans
        self._clock = clock

    async def read(
        self,
        subscription: str,
        meta: Meta,
        *,
        order: str | None = None,
        questions: Questions = record_it,
    ) -> Reading:
        """`order` is a guess that saves a round trip. Raises TryLater and Refused."""
        for _ in range(_CONFLICTS):
            stream = await self._store.load(
                SUBSCRIPTION, stream_of(SUBSCRIPTION.category, subscription)
            )
            assessment = await self._assess(subscription, stream.state, order)
            try:
                return await self._append(subscription, stream, assessment, questions, meta)
            except VersionConflict:
                # Somebody read in between; which of the two readings is newer nobody can tell.
                continue
        raise VersionConflict(f"{subscription} is read by many at once")

    async def _assess(
        self, subscription: str, state: Subscription, guess: str | None
    ) -> Assessment | None:
        location, id_ = location_of(subscription), ghl_id_of(subscription)
        known = state.entitlement.record.order_id if state.entitlement else None
        record, order = await self._both(location, id_, known or guess)
        if record is None:
            return None
        return assess(record, order, self._plans, state.entitlement, self._clock())

    async def _both(
        self, location: str, id_: str, guess: str | None
    ) -> tuple[Record | None, Record | None]:
        """The record and its order, side by side where the order's id is known before."""
        if guess is None:
            record = await self._ghl.subscription(location, id_)
            order = None
        else:
            record, order = await asyncio.gather(
                self._ghl.subscription(location, id_), self._ghl.order(location, guess)
            )
        real = order_id_in(record) if record is not None else None
        if real != guess:
            order = await self._ghl.order(location, real) if real else None
        return record, order

    async def _append(
        self,
        subscription: str,
        stream: Stream[Subscription],
        assessment: Assessment | None,
        questions: Questions,
        meta: Meta,
    ) -> Reading:
        events = decide_all(questions(stream.state, assessment), stream.state)
        version = stream.version
        if events:
            appended = await self._store.append(
                SUBSCRIPTION, stream, events, now=self._clock(), meta=meta
            )
            version = appended.version
        return Reading(
            subscription,
            found=assessment is not None,
            status=assessment.status if assessment else None,
            changed=any(_is_news(event) for event in events),
            version=version,
        )

    async def caused(self, reading: Reading, causation_id: str) -> bool:
        """Whether news in the stream came of this cause, also before a crash."""
        stream = stream_of(SUBSCRIPTION.category, reading.subscription)
        tail = await self._store.read(stream, max(0, reading.version - _TAIL))
        return any(
            record.meta.causation_id == causation_id and _is_news(record.event) for record in tail
        )


def _is_news(event: object) -> bool:
    return isinstance(event, SubscriptionEvent) and not isinstance(event, _NO_NEWS)
