"""Opens, queues, redrives and skips the dead letters of one service.

`batch` and `view_batch` query the queue for every key. `handle_command` handles the commands of
operators, and `DueWork` calls `step` to redrive the records of a queue.
"""

import hashlib
from collections.abc import Awaitable, Callable, Iterable, Mapping
from datetime import datetime

import structlog
from aiokafka.errors import KafkaError

from slipway.contracts.commands import RedriveDeadLetter, SkipDeadLetter
from slipway.contracts.envelope import Meta, Recorded
from slipway.contracts.ids import stream_of
from slipway.eventstore.command_handling import handle
from slipway.eventstore.store import EventStore, StoreUnavailable
from slipway.eventstore.stream import Claim
from slipway.messaging import dead_letters
from slipway.messaging.dead_letters import DEAD_LETTER, Waiting
from slipway.messaging.record_lookup import RecordGone
from slipway.messaging.records import RawRecord, lane_of, ref_of
from slipway.telemetry import metrics
from slipway.telemetry.logs import error_location

_log = structlog.get_logger(__name__)

LookUpRecord = Callable[[str, int, int], Awaitable[RawRecord]]
"""Returns the record at (topic, partition, offset)."""
HandleOne = Callable[[RawRecord], Awaitable[None]]
"""Handles one record. Raises the handler's error, or the error that makes the record unreadable."""

_INFRASTRUCTURE = (StoreUnavailable, KafkaError, OSError)


class DeadLetterQueue:
    def __init__(self, store: EventStore, clock: Callable[[], datetime], service: str) -> None:
        self._store = store
        self._clock = clock
        self._service = service

    def id_of(self, consumer: str, record: RawRecord) -> str:
        topic, key = lane_of(record)
        digest = hashlib.sha256(f"{topic}\n{key}".encode()).hexdigest()[:24]
        return f"{consumer}:{digest}"

    async def known(self, ids: Iterable[str]) -> set[str]:
        """Returns the ids under which a dead letter was ever opened. Makes one query."""
        streams = {_stream(id_): id_ for id_ in ids}
        return {streams[stream] for stream in await self._store.existing(list(streams))}

    async def enqueue_behind(self, id_: str, record: RawRecord) -> bool:
        """Returns True if the record was queued behind a dead letter of its key.

        Returns False if no record of the key waits. The caller then handles the record.
        """
        handled = await self._decide(id_, dead_letters.EnqueueBehind(ref_of(record)), _meta(record))
        return isinstance(handled, Waiting)

    async def open_dead_letter(
        self, id_: str, consumer: str, record: RawRecord, error: str
    ) -> None:
        topic, key = lane_of(record)
        _log.error("dead letter opened", topic=topic, offset=record.offset, error=error)
        metrics.DEAD_LETTERS.labels(self._service, topic).inc()
        command = dead_letters.OpenDeadLetter(id_, consumer, key, ref_of(record), error)
        await self._decide(id_, command, _meta(record))

    async def handle_command(self, recorded: Recorded) -> bool:
        """Handles a redrive or skip for this service. Returns False for all other records."""
        command = recorded.event
        if not isinstance(command, RedriveDeadLetter | SkipDeadLetter):
            return False
        if command.consumer.partition(".")[0] != self._service:
            return False
        meta = command.meta_of_answer(recorded.meta)
        decision: dead_letters.Command = (
            dead_letters.Redrive(command.command_id)
            if isinstance(command, RedriveDeadLetter)
            else dead_letters.Skip(command.command_id)
        )
        await self._decide(command.dead_letter_id, decision, meta)
        return True

    async def step(
        self, claim: Claim, handlers: Mapping[str, HandleOne], look_up_record: LookUpRecord
    ) -> None:
        """Tries once to handle the first record of the queue.

        Raises StoreUnavailable if a dependency is unavailable, and then leaves the queue unchanged.
        """
        loaded = await self._store.load(DEAD_LETTER, claim.stream)
        state = loaded.state
        if not isinstance(state, Waiting) or not state.moving:
            return
        head, outcome = state.queue[0], dead_letters.Handled(state.queue[0])
        command: dead_letters.Command = outcome
        try:
            record = await look_up_record(head.topic, head.partition, head.offset)
            await handlers[state.consumer](record)
        except _INFRASTRUCTURE as error:
            raise StoreUnavailable(type(error).__name__) from error
        except RecordGone:
            command = dead_letters.FailedAgain(head, "its retention has ended: skip it")
        except Exception as error:  # noqa: BLE001 - the record stays a dead letter
            command = dead_letters.FailedAgain(head, error_location(error))
        last = (await self._store.read(claim.stream, loaded.version - 1))[0]
        meta = last.meta.model_copy(update={"causation_id": last.id})
        await self._decide(state.dead_letter_id, command, meta)

    async def _decide(
        self, id_: str, command: dead_letters.Command, meta: Meta
    ) -> dead_letters.State:
        handled = await handle(
            self._store, DEAD_LETTER, _stream(id_), command, now=self._clock(), meta=meta
        )
        return handled.stream.state


def _stream(id_: str) -> str:
    return stream_of(DEAD_LETTER.category, id_)


def _meta(record: RawRecord) -> Meta:
    position = f"{record.topic}/{record.partition}/{record.offset}"
    return Meta(
        correlation_id=record.headers.get("ce_correlationid", position),
        causation_id=record.headers.get("ce_id", position),
        traceparent=record.headers.get("traceparent"),
    )
