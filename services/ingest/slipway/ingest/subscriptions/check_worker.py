"""Due work on subscriptions: GHL is asked for a nonce, or for a person. Uses `reader`.

The provisioner deletes nothing without this answer, and the answer never comes from our own
memory: the record is read again for each question (H3).
"""

from collections.abc import Callable, Sequence
from datetime import datetime

from slipway.contracts.envelope import Meta, Recorded
from slipway.contracts.ids import id_of
from slipway.contracts.subscriptions import EntitlementCheckRequested, RecordReadRequested
from slipway.eventstore.store import EventStore
from slipway.eventstore.stream import Claim, Stream
from slipway.ingest.ghl.port import Refused, TryLater
from slipway.ingest.subscriptions.assessment import Assessment
from slipway.ingest.subscriptions.decider import (
    SUBSCRIPTION,
    AnswerCheck,
    AnswerRead,
    Command,
    PendingCheck,
    PendingRead,
    Subscription,
    decide_all,
)
from slipway.ingest.subscriptions.reader import Questions, Reader
from slipway.telemetry import logs, traces

Question = PendingCheck | PendingRead


class SecondKeyWorker:
    """`patience_seconds`: how long a question waits for GHL before its answer is `unknown`."""

    def __init__(
        self,
        store: EventStore,
        reader: Reader,
        *,
        clock: Callable[[], datetime],
        patience_seconds: float = 60.0,
    ) -> None:
        self._store = store
        self._reader = reader
        self._clock = clock
        self._patience_seconds = patience_seconds

    async def step(self, claim: Claim) -> None:
        """One question, the oldest; the stream stays due while there are others."""
        stream = await self._store.load(SUBSCRIPTION, claim.stream)
        questions: list[Question] = [*stream.state.checks, *stream.state.reads]
        if not questions:
            return
        question = min(questions, key=lambda one: one.requested_at)
        cause = await self._cause(claim.stream, question)
        with (
            traces.span("second key", parent=cause.meta.traceparent),
            logs.about(correlation_id=cause.meta.correlation_id),
        ):
            meta = Meta(
                correlation_id=cause.meta.correlation_id,
                # A person's command id comes back as the cause: the page finds its answer by it.
                causation_id=question.command_id if isinstance(question, PendingRead) else cause.id,
                traceparent=traces.current_traceparent() or cause.meta.traceparent,
                actor=cause.meta.actor,
            )
            try:
                await self._reader.read(id_of(claim.stream), meta, questions=_answers_to(question))
            except Refused:
                await self._give_up(stream, question, meta)
            except TryLater as error:
                waited = (self._clock() - question.requested_at).total_seconds()
                if waited > self._patience_seconds:
                    await self._give_up(stream, question, meta)
                else:
                    await self._store.postpone(claim, error.after_seconds)

    async def _cause(self, stream: str, question: Question) -> Recorded:
        return next(record for record in await self._store.read(stream) if _asks(record, question))

    async def _give_up(self, stream: Stream[Subscription], question: Question, meta: Meta) -> None:
        """`unknown` is an answer too: nothing is deleted on it, and unknown for long pages."""
        events = decide_all(_answers_to(question)(stream.state, None), stream.state)
        await self._store.append(SUBSCRIPTION, stream, events, now=self._clock(), meta=meta)


def _answers_to(question: Question) -> Questions:
    def answer(_: Subscription, assessment: Assessment | None) -> Sequence[Command]:
        match question:
            case PendingCheck(vps_id, nonce):
                return [AnswerCheck(vps_id, nonce, assessment)]
            case PendingRead(command_id):
                return [AnswerRead(command_id, assessment)]

    return answer


def _asks(record: Recorded, question: Question) -> bool:
    match record.event, question:
        case EntitlementCheckRequested(nonce=nonce), PendingCheck():
            return nonce == question.nonce
        case RecordReadRequested(command_id=command_id), PendingRead():
            return command_id == question.command_id
        case _:
            return False
