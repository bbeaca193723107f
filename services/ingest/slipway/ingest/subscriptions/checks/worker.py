"""Due work on subscriptions: reads GHL for a confirmation, or for an admin.

The provisioner takes nothing from a customer without this confirmation (H33). The record is read
again for each request, and the answer never comes from stored data (H3). Uses `reader`.
"""

import math
from collections.abc import Awaitable, Callable
from datetime import datetime

from slipway.contracts.envelope import Meta, Recorded
from slipway.contracts.ids import id_of
from slipway.contracts.subscriptions import (
    CheckAnswer,
    Entitlement,
    EntitlementCheckRequested,
    RecordReadRequested,
)
from slipway.contracts.vps import OperationKind
from slipway.eventstore.store import EventStore
from slipway.eventstore.stream import Claim, Stream
from slipway.ingest.ghl.port import Refused, TryLater
from slipway.ingest.subscriptions.assessment import Assessment
from slipway.ingest.subscriptions.checks.answer import answer_for
from slipway.ingest.subscriptions.decider import SUBSCRIPTION, AnswerCheck, AnswerRead, Command
from slipway.ingest.subscriptions.reader import RecordReader
from slipway.ingest.subscriptions.state import (
    PendingCheck,
    PendingRead,
    PendingRequest,
    Subscription,
)
from slipway.telemetry import logs, traces

ContradictedBy = Callable[[OperationKind, Entitlement], Awaitable[bool]]
"""Returns whether a webhook that is not applied yet forbids the operation."""

_CONTRADICTED_PAUSE_SECONDS = 5.0


class _ContradictedByHint(Exception):
    """GHL's record confirms the operation, but a webhook from GHL contradicts the record (H42)."""


class CheckWorker:
    """Answers requests for a read of GHL's record.

    `timeout_seconds` is how long a request waits for GHL before its answer is `unknown`.
    """

    def __init__(
        self,
        store: EventStore,
        reader: RecordReader,
        contradicted_by_hint: ContradictedBy,
        *,
        clock: Callable[[], datetime],
        timeout_seconds: float = 60.0,
    ) -> None:
        self._store = store
        self._reader = reader
        self._contradicted_by_hint = contradicted_by_hint
        self._clock = clock
        self._timeout_seconds = timeout_seconds

    async def step(self, claim: Claim) -> None:
        """Answers the oldest request. The stream stays due while it has other requests."""
        stream = await self._store.load(SUBSCRIPTION, claim.stream)
        pending: list[PendingRequest] = [*stream.state.checks, *stream.state.reads]
        if not pending:
            return
        request = min(pending, key=lambda each: each.requested_at)
        cause = await self._cause(claim.stream, request)
        with (
            traces.span("confirmation", parent=cause.meta.traceparent),
            logs.about(correlation_id=cause.meta.correlation_id),
        ):
            meta = Meta(
                correlation_id=cause.meta.correlation_id,
                # The portal finds the answer to an admin's command by this id.
                causation_id=request.command_id if isinstance(request, PendingRead) else cause.id,
                traceparent=traces.current_traceparent() or cause.meta.traceparent,
                actor=cause.meta.actor,
            )
            pause = await self._answered_or_pause(id_of(claim.stream), request, meta)
            if pause is None:
                return
            waited = (self._clock() - request.requested_at).total_seconds()
            if waited > self._timeout_seconds or pause == math.inf:
                await self._answer_unknown(stream, request, meta)
            else:
                await self._store.postpone(claim, pause)

    async def _answered_or_pause(
        self, subscription: str, request: PendingRequest, meta: Meta
    ) -> float | None:
        """Returns None if the request is answered, else the seconds to wait, or infinity."""
        try:
            await self._read(subscription, request, meta)
        except Refused:
            return math.inf
        except TryLater as error:
            return error.after_seconds
        except _ContradictedByHint:
            return _CONTRADICTED_PAUSE_SECONDS
        else:
            return None

    async def _read(self, subscription: str, request: PendingRequest, meta: Meta) -> None:
        """Reads GHL's record. Raises TryLater, Refused and _ContradictedByHint."""

        async def answer(assessment: Assessment | None) -> Command:
            command = _answer(request, assessment)
            if assessment is not None and isinstance(request, PendingCheck):
                confirmed = answer_for(request.kind, assessment) is CheckAnswer.CONFIRMED
                entitlement = assessment.entitlement
                # Asked after the read: a webhook that came meanwhile counts.
                if confirmed and await self._contradicted_by_hint(request.kind, entitlement):
                    raise _ContradictedByHint
            return command

        await self._reader.read(subscription, meta, command_for=answer)

    async def _cause(self, stream: str, request: PendingRequest) -> Recorded:
        return next(
            record for record in await self._store.read(stream) if _is_request(record, request)
        )

    async def _answer_unknown(
        self, stream: Stream[Subscription], request: PendingRequest, meta: Meta
    ) -> None:
        """Appends the answer `unknown`, so that the operation is not sent.

        An operator is paged if the answer stays unknown.
        """
        events = SUBSCRIPTION.decide(_answer(request, None), stream.state)
        await self._store.append(SUBSCRIPTION, stream, events, now=self._clock(), meta=meta)


def _answer(request: PendingRequest, assessment: Assessment | None) -> Command:
    match request:
        case PendingCheck(vps_id=vps_id, kind=kind, nonce=nonce):
            return AnswerCheck(vps_id, kind, nonce, assessment)
        case PendingRead(command_id):
            return AnswerRead(command_id, assessment)


def _is_request(record: Recorded, request: PendingRequest) -> bool:
    match record.event, request:
        case EntitlementCheckRequested(nonce=nonce), PendingCheck():
            return nonce == request.nonce
        case RecordReadRequested(command_id=command_id), PendingRead():
            return command_id == request.command_id
        case _:
            return False
