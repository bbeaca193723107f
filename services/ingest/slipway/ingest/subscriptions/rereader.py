"""Due work on subscriptions: reads a record again that was unclear, is missing, or has a server.

A request for a confirmation or by an admin comes first. `checks.worker` answers it.
"""

import zlib
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

from slipway.contracts.envelope import Meta
from slipway.contracts.ids import id_of
from slipway.eventstore.command_handling import handle
from slipway.eventstore.store import EventStore
from slipway.eventstore.stream import Claim
from slipway.ingest.ghl.port import Refused, TryLater
from slipway.ingest.subscriptions.assessment import Assessment
from slipway.ingest.subscriptions.decider import (
    SUBSCRIPTION,
    Command,
    NoteNotShown,
    RecordAssessment,
)
from slipway.ingest.subscriptions.reader import RecordReader
from slipway.ingest.subscriptions.state import Subscription, is_unclear
from slipway.telemetry import traces

_MIN_UNCLEAR_SECONDS = 30.0
_MAX_UNCLEAR_SECONDS = 600.0
_HOUR = timedelta(hours=1)
_DAY = timedelta(days=1)
_SPREAD_SECONDS = 7200
"""The daily readings of a fleet that was read at once spread over this time."""
_GHL_AWAY_SECONDS = 60.0


class SubscriptionWorker:
    """Answers a pending request with `answer`, or reads the record again if there is none."""

    def __init__(
        self,
        store: EventStore,
        reader: RecordReader,
        answer: Callable[[Claim], Awaitable[None]],
        *,
        clock: Callable[[], datetime],
    ) -> None:
        self._store = store
        self._reader = reader
        self._answer = answer
        self._clock = clock

    async def step(self, claim: Claim) -> None:
        state = (await self._store.load(SUBSCRIPTION, claim.stream)).state
        if state.checks or state.reads:
            await self._answer(claim)
            return
        with traces.span("read again"):
            await self._read_again(claim, state)

    async def _read_again(self, claim: Claim, state: Subscription) -> None:
        meta = Meta(
            correlation_id=f"{claim.stream}@{claim.version}",
            traceparent=traces.current_traceparent(),
            actor="ghl",
        )
        try:
            await self._reader.read(id_of(claim.stream), meta, command_for=self._command_for)
        except TryLater as error:
            await self._store.postpone(claim, max(error.after_seconds, _GHL_AWAY_SECONDS))
            return
        except Refused as error:
            note = NoteNotShown(str(error), self._clock())
            await handle(
                self._store, SUBSCRIPTION, claim.stream, note, now=self._clock(), meta=meta
            )
        # After an append this changes nothing: the new event says when the next reading is.
        await self._store.postpone(claim, wait_seconds(claim.stream, state, self._clock()))

    async def _command_for(self, assessment: Assessment | None) -> Command:
        if assessment is None:
            return NoteNotShown("GHL answers that there is no such record (404)", self._clock())
        return RecordAssessment(assessment)


def wait_seconds(stream: str, state: Subscription, now: datetime) -> float:
    """Returns the seconds until the next reading. They grow while GHL's answer is the same."""
    if state.not_shown is not None:
        is_recent = now - state.not_shown.since < _HOUR
        return _MAX_UNCLEAR_SECONDS if is_recent else _HOUR.total_seconds()
    if is_unclear(state) and state.changed_at is not None:
        age = now - state.changed_at
        if age > _DAY:
            return _HOUR.total_seconds()
        return min(max(age.total_seconds(), _MIN_UNCLEAR_SECONDS), _MAX_UNCLEAR_SECONDS)
    return _DAY.total_seconds() + zlib.crc32(stream.encode()) % _SPREAD_SECONDS
