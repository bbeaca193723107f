"""Reads a subscription and its order from GHL and appends what changed. The workers call it.

It loads the stream first and reads GHL second. The append fails if the stream has changed since,
and then GHL is read again. So a later read is always later in the stream, and no clocks are
compared (H6).
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime

from slipway.contracts.envelope import Meta
from slipway.contracts.ids import ghl_id_of, location_of, stream_of
from slipway.contracts.subscriptions import (
    EntitlementChecked,
    EntitlementCheckRequested,
    RecordNotShown,
    RecordRead,
    RecordReadRequested,
    SubscriptionEvent,
)
from slipway.eventstore.store import EventStore, VersionConflict
from slipway.eventstore.stream import Stream
from slipway.ingest.ghl.port import GhlApi, Record
from slipway.ingest.ghl.record import order_id_in
from slipway.ingest.ghl.status import StatusClass
from slipway.ingest.subscriptions.assessment import Assessment, assess
from slipway.ingest.subscriptions.decider import SUBSCRIPTION, Command, RecordAssessment
from slipway.ingest.subscriptions.plans import Plans
from slipway.ingest.subscriptions.state import Subscription

CommandFor = Callable[[Assessment | None], Awaitable[Command | None]]
"""Returns the command for an assessment, which is None if GHL shows no record."""

_MAX_ATTEMPTS = 8
_TAIL_EVENTS = 50
_NOT_CHANGES = (
    EntitlementChecked,
    EntitlementCheckRequested,
    RecordNotShown,
    RecordRead,
    RecordReadRequested,
)


@dataclass(frozen=True)
class ReadResult:
    subscription: str
    found: bool
    status: StatusClass | None
    changed: bool
    version: int
    is_complete: bool = True
    """False if GHL may show a missing part in some seconds, such as a new order."""


async def record_assessment(assessment: Assessment | None) -> Command | None:
    return None if assessment is None else RecordAssessment(assessment)


async def complete_assessment(assessment: Assessment | None) -> Command | None:
    """Returns no command while a part of the record is missing that GHL may show later."""
    if assessment is None or not assessment.is_complete:
        return None
    return RecordAssessment(assessment)


class RecordReader:
    def __init__(
        self, store: EventStore, ghl: GhlApi, plans: Plans, clock: Callable[[], datetime]
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
        command_for: CommandFor = record_assessment,
    ) -> ReadResult:
        """Reads the record and appends the change. Raises TryLater and Refused.

        `order` is the expected order id. If it is right, record and order are read in parallel.
        """
        for _ in range(_MAX_ATTEMPTS):
            stream = await self._store.load(
                SUBSCRIPTION, stream_of(SUBSCRIPTION.category, subscription)
            )
            assessment = await self._assess(subscription, stream.state, order)
            try:
                return await self._append(subscription, stream, assessment, command_for, meta)
            except VersionConflict:
                # Another process read in between, and nothing tells which of the two is newer.
                continue
        raise VersionConflict(f"{subscription} is read by many at once")

    async def has_change_caused_by(self, result: ReadResult, causation_id: str) -> bool:
        """Returns whether one of the latest changes of the subscription has this cause."""
        stream = stream_of(SUBSCRIPTION.category, result.subscription)
        tail = await self._store.read(stream, max(0, result.version - _TAIL_EVENTS))
        return any(
            record.meta.causation_id == causation_id and _is_change(record.event) for record in tail
        )

    async def _assess(
        self, subscription: str, state: Subscription, expected_order: str | None
    ) -> Assessment | None:
        location, id_ = location_of(subscription), ghl_id_of(subscription)
        known = state.entitlement.record.order_id if state.entitlement else None
        record, order = await self._read_with_order(location, id_, known or expected_order)
        if record is None:
            return None
        return assess(record, order, self._plans, state.entitlement, self._clock())

    async def _read_with_order(
        self, location: str, id_: str, expected_order: str | None
    ) -> tuple[Record | None, Record | None]:
        """Returns the record and its order. Reads both in parallel if an order id is expected."""
        if expected_order is None:
            record = await self._ghl.subscription(location, id_)
            order = None
        else:
            record, order = await asyncio.gather(
                self._ghl.subscription(location, id_), self._ghl.order(location, expected_order)
            )
        order_id = order_id_in(record) if record is not None else None
        if order_id != expected_order:
            order = await self._ghl.order(location, order_id) if order_id else None
        return record, order

    async def _append(
        self,
        subscription: str,
        stream: Stream[Subscription],
        assessment: Assessment | None,
        command_for: CommandFor,
        meta: Meta,
    ) -> ReadResult:
        command = await command_for(assessment)
        events = SUBSCRIPTION.decide(command, stream.state) if command else []
        version = stream.version
        if events:
            appended = await self._store.append(
                SUBSCRIPTION, stream, events, now=self._clock(), meta=meta
            )
            version = appended.version
        return ReadResult(
            subscription,
            found=assessment is not None,
            status=assessment.status if assessment else None,
            changed=any(_is_change(event) for event in events),
            version=version,
            is_complete=assessment is None or assessment.is_complete,
        )


def _is_change(event: object) -> bool:
    return isinstance(event, SubscriptionEvent) and not isinstance(event, _NOT_CHANGES)
