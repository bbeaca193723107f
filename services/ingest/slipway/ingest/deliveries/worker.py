"""Due work on deliveries: reads the records that the hints name, then ends the delivery.

The worker appends to the subscription first and ends the delivery second. Work that was interrupted
in between is repeated and changes nothing (H1). To wait, a step sets a due time and does not sleep.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from slipway.contracts.deliveries import (
    DeliveryChannel,
    DeliveryReceived,
    DeliveryReplayed,
    Hint,
    IgnoreRule,
    QuarantineCause,
)
from slipway.contracts.envelope import Event, Meta, Recorded
from slipway.eventstore.command_handling import handle
from slipway.eventstore.store import EventStore
from slipway.eventstore.stream import Claim
from slipway.ingest.deliveries.decider import (
    DELIVERY,
    Apply,
    Command,
    Delay,
    Delivery,
    Ignore,
    Quarantine,
)
from slipway.ingest.deliveries.hint_reader import HintReader
from slipway.ingest.ghl.port import Refused, TryLater
from slipway.telemetry import logs, traces

_MAX_BACKOFF_SECONDS = 10.0
_MIN_REFUSED_SECONDS = 5.0
_MAX_REFUSED_SECONDS = 600.0
_TELL_AFTER_SECONDS = 180.0
_GIVE_UP_SECONDS = 86_400.0
"""An id that GHL has refused for a day is wrong. The delivery can be replayed."""


@dataclass(frozen=True)
class NotShownYet:
    """GHL's record does not show the claimed status yet, because the API lags behind webhooks."""


class DeliveryWorker:
    """Processes due deliveries.

    `api_lag_seconds` is how long a record may lag behind the webhook that announced it.
    """

    def __init__(
        self,
        store: EventStore,
        hints: HintReader,
        *,
        clock: Callable[[], datetime],
        api_lag_seconds: float,
    ) -> None:
        self._store = store
        self._hints = hints
        self._clock = clock
        self._api_lag_seconds = api_lag_seconds

    async def step(self, claim: Claim) -> None:
        records = await self._store.read(claim.stream)
        state = DELIVERY.fold(record.event for record in records if isinstance(record.event, Event))
        cause = _cause(records)
        now = self._clock()
        with (
            traces.span("read back", parent=cause.meta.traceparent),
            logs.about(correlation_id=cause.meta.correlation_id),
        ):
            meta = Meta(
                correlation_id=cause.meta.correlation_id,
                causation_id=cause.id,
                traceparent=traces.current_traceparent() or cause.meta.traceparent,
                actor="ghl",
            )
            age = max((now - cause.time).total_seconds(), 0.0)
            try:
                end = await self._process(state, meta, is_last=age >= self._api_lag_seconds)
            except TryLater as error:
                await self._store.postpone(claim, _backoff_seconds(error, age))
                return
            except Refused as error:
                # GHL refuses for a minute at times, so a refusal is read again (H35).
                wait = _refused_seconds(age)
                if age < _GIVE_UP_SECONDS:
                    await self._wait_refused(claim, str(error), age, wait, meta)
                    return
                end = Quarantine(str(error))
            if isinstance(end, NotShownYet):
                await self._store.postpone(claim, self._next_read_seconds(age))
                return
            await handle(self._store, DELIVERY, claim.stream, end, now=self._clock(), meta=meta)

    async def _wait_refused(
        self, claim: Claim, reason: str, age: float, wait: float, meta: Meta
    ) -> None:
        """Reads again later. After some minutes, operators are notified of the customer."""
        if age >= _TELL_AFTER_SECONDS:
            now = self._clock()
            delay = Delay(reason, now + timedelta(seconds=wait))
            told = await handle(self._store, DELIVERY, claim.stream, delay, now=now, meta=meta)
            if told.recorded:
                return
        await self._store.postpone(claim, wait)

    def _next_read_seconds(self, age: float) -> float:
        """Returns the wait before the next read: as long as the delivery's age.

        So each wait doubles the age. The last read is made after `api_lag_seconds`.
        """
        return max(0.5, min(age, self._api_lag_seconds - age))

    async def _process(
        self, state: Delivery, meta: Meta, *, is_last: bool
    ) -> Command | NotShownYet:
        if state.ignore_rule is IgnoreRule.UNKNOWN_LOCATION and _is_workflow_call(state):
            return Quarantine(
                f"location {state.location_id} calls with our secret and is not configured; add "
                "it to SLIPWAY_INGEST_LOCATIONS or remove its workflow",
                QuarantineCause.LOCATION_NOT_CONFIGURED,
            )
        if state.ignore_rule is not None:
            return Ignore(state.ignore_rule)
        if state.quarantine_reason is not None:
            return Quarantine(state.quarantine_reason)
        found = await self._hints.read(state.hints, meta, is_last=is_last)
        if not found.shows_claims and not is_last:
            return NotShownYet()
        if not found.results:
            return _nothing_found(state.hints)
        changed = [await self._hints.changed(result, meta) for result in found.results.values()]
        return Apply(tuple(found.results), changed=any(changed))


def _backoff_seconds(error: TryLater, age_seconds: float) -> float:
    """Returns a wait that grows with the age of the delivery.

    Without growing waits, many waiting deliveries would load the store.
    """
    return max(error.after_seconds, min(age_seconds / 4, _MAX_BACKOFF_SECONDS))


def _refused_seconds(age_seconds: float) -> float:
    """Returns the wait before the next reading. It grows from seconds to ten minutes."""
    return min(max(age_seconds / 2, _MIN_REFUSED_SECONDS), _MAX_REFUSED_SECONDS)


def _is_workflow_call(state: Delivery) -> bool:
    """Returns whether it is a workflow call, which proves that the caller knows our secret."""
    return state.channel is DeliveryChannel.WORKFLOW


def _cause(records: Sequence[Recorded]) -> Recorded:
    """Returns the event that caused this work: the latest DeliveryReceived or DeliveryReplayed."""
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
