"""Due work on subscriptions: reads GHL for a confirmation, or for an admin.

The provisioner takes nothing from a customer without this confirmation (H33). The record is read
again for each request, and the answer never comes from stored data (H3). Uses `reader`.
"""

from collections.abc import Callable
from datetime import datetime
from functools import partial

from slipway.contracts.envelope import Meta, Recorded
from slipway.contracts.ids import id_of
from slipway.contracts.subscriptions import EntitlementCheckRequested, RecordReadRequested
from slipway.eventstore.store import EventStore
from slipway.eventstore.stream import Claim, Stream
from slipway.ingest.ghl.port import Refused, TryLater
from slipway.ingest.subscriptions.assessment import Assessment
from slipway.ingest.subscriptions.decider import SUBSCRIPTION, AnswerCheck, AnswerRead, Command
from slipway.ingest.subscriptions.reader import RecordReader
from slipway.ingest.subscriptions.state import (
    PendingCheck,
    PendingRead,
    PendingRequest,
    Subscription,
)
from slipway.telemetry import logs, traces


class CheckWorker:
    """Answers requests for a read of GHL's record.

    `timeout_seconds` is how long a request waits for GHL before its answer is `unknown`.
    """

    def __init__(
        self,
        store: EventStore,
        reader: RecordReader,
        *,
        clock: Callable[[], datetime],
        timeout_seconds: float = 60.0,
    ) -> None:
        self._store = store
        self._reader = reader
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
            try:
                answer = partial(_answer, request)
                await self._reader.read(id_of(claim.stream), meta, command_for=answer)
            except Refused:
                await self._answer_unknown(stream, request, meta)
            except TryLater as error:
                waited = (self._clock() - request.requested_at).total_seconds()
                if waited > self._timeout_seconds:
                    await self._answer_unknown(stream, request, meta)
                else:
                    await self._store.postpone(claim, error.after_seconds)

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
