"""Due work on deliveries: follow the hints, read back, then end the delivery. Uses `reader`.

The subscription is written first and the delivery's end second: whatever dies in between is done
again and changes nothing (H1). Waiting is a due time: no step sleeps.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from slipway.contracts.deliveries import (
    DeliveryReceived,
    DeliveryReplayed,
    Hint,
    IgnoreRule,
)
from slipway.contracts.envelope import Event, Meta, Recorded
from slipway.contracts.ids import subscription_id
from slipway.eventstore.command_handling import handle
from slipway.eventstore.store import EventStore
from slipway.eventstore.stream import Claim
from slipway.ingest.deliveries.decider import DELIVERY, Apply, Command, Delivery, Ignore, Quarantine
from slipway.ingest.ghl.payload import text
from slipway.ingest.ghl.port import Ghl, Refused, TryLater
from slipway.ingest.ghl.record import order_id_in
from slipway.ingest.ghl.status import classify
from slipway.ingest.subscriptions.reader import Reader, Reading
from slipway.telemetry import logs, traces

_LONGEST_WAIT_SECONDS = 10.0


@dataclass(frozen=True)
class LookAgain:
    """GHL doesn't show yet what the caller said: its API lags behind its webhooks."""


@dataclass(frozen=True)
class Target:
    subscription: str
    order: str | None


class DeliveryWorker:
    """`look_again_seconds`: how long a record may lag behind the webhook that announced it."""

    def __init__(
        self,
        store: EventStore,
        ghl: Ghl,
        reader: Reader,
        *,
        clock: Callable[[], datetime],
        look_again_seconds: float,
    ) -> None:
        self._store = store
        self._ghl = ghl
        self._reader = reader
        self._clock = clock
        self._look_again_seconds = look_again_seconds

    async def step(self, claim: Claim) -> None:
        records = await self._store.read(claim.stream)
        state = DELIVERY.fold(record.event for record in records if isinstance(record.event, Event))
        cause = _cause(records)
        now = self._clock()
        with (
            traces.span("read back", parent=cause.meta.traceparent),
            logs.about(correlation_id=cause.meta.correlation_id),
        ):
            meta = Meta.caused_by(cause, traceparent=traces.current_traceparent(), actor="ghl")
            age = max((now - cause.time).total_seconds(), 0.0)
            try:
                end = await self._look(state, meta, last=age >= self._look_again_seconds)
            except TryLater as error:
                await self._store.postpone(claim, _patiently(error, age))
                return
            except Refused as error:
                end = Quarantine(str(error))
            if isinstance(end, LookAgain):
                await self._store.postpone(claim, self._next_look(age))
                return
            await handle(self._store, DELIVERY, claim.stream, end, now=self._clock(), meta=meta)

    def _next_look(self, age: float) -> float:
        """Each wait is as long as all before it, and the last look falls on the end."""
        return max(0.5, min(age, self._look_again_seconds - age))

    async def _look(self, state: Delivery, meta: Meta, *, last: bool) -> Command | LookAgain:
        if state.ignore_rule is not None:
            return Ignore(state.ignore_rule)
        if state.quarantine_reason is not None:
            return Quarantine(state.quarantine_reason)
        readings: dict[str, Reading] = {}
        shown = True
        for hint in state.hints:
            seen = await self._follow(hint, meta, readings)
            shown = shown and await self._shows(hint, seen, meta)
        if not shown and not last:
            return LookAgain()
        if not readings:
            return _nothing_found(state.hints)
        changed = [await self._changed(reading, meta) for reading in readings.values()]
        return Apply(tuple(readings), changed=any(changed))

    async def _follow(
        self, hint: Hint, meta: Meta, readings: dict[str, Reading]
    ) -> Sequence[Reading]:
        """Read what the hint names; `readings` keeps each subscription's, so none is read twice."""
        if hint.subscription_id is not None:
            named = Target(subscription_id(hint.location_id, hint.subscription_id), hint.order_id)
            seen = await self._read([named], meta, readings)
            if seen:
                return seen
        return await self._read(await self._search(hint), meta, readings)

    async def _search(self, hint: Hint) -> Sequence[Target]:
        """Order and contact are search keys: they name a set; each member is read by id (H7)."""
        rows = (
            await self._ghl.search(hint.location_id, order=hint.order_id) if hint.order_id else ()
        )
        if not rows and hint.contact_id:
            rows = await self._ghl.search(hint.location_id, contact=hint.contact_id)
        return [
            Target(subscription_id(hint.location_id, id_), order_id_in(row))
            for row in rows
            if (id_ := text(row.get("_id")))
        ]

    async def _read(
        self, targets: Sequence[Target], meta: Meta, readings: dict[str, Reading]
    ) -> Sequence[Reading]:
        seen = []
        for target in targets:
            reading = readings.get(target.subscription)
            if reading is None:
                reading = await self._reader.read(target.subscription, meta, order=target.order)
            if reading.found:
                readings[target.subscription] = reading
                seen.append(reading)
        return seen

    async def _shows(self, hint: Hint, seen: Sequence[Reading], meta: Meta) -> bool:
        """Whether the records show what the caller said.

        Of several, one that showed it before proves nothing: the one that was meant may lag.
        """
        if not seen or hint.claimed_status is None:
            return bool(seen)
        claimed = classify(hint.claimed_status)
        matching = [reading for reading in seen if reading.status is claimed]
        if len(seen) == 1:
            return bool(matching)
        return any([await self._changed(reading, meta) for reading in matching])

    async def _changed(self, reading: Reading, meta: Meta) -> bool:
        if reading.changed or meta.causation_id is None:
            return reading.changed
        return await self._reader.caused(reading, meta.causation_id)


def _patiently(error: TryLater, age_seconds: float) -> float:
    """The longer it lasts the less often it is asked: a thousand that wait would load the store."""
    return max(error.after_seconds, min(age_seconds / 4, _LONGEST_WAIT_SECONDS))


def _cause(records: Sequence[Recorded]) -> Recorded:
    """What set this work off: the receipt, or the latest replay."""
    causes = [
        record
        for record in records
        if isinstance(record.event, DeliveryReceived | DeliveryReplayed)
    ]
    return causes[-1]


def _nothing_found(hints: Sequence[Hint]) -> Ignore | Quarantine:
    named = [hint.subscription_id for hint in hints if hint.subscription_id]
    if named:
        return Quarantine(f"GHL shows no subscription {named[0]}; check what the caller maps to it")
    return Ignore(IgnoreRule.NO_SUBSCRIPTION)
