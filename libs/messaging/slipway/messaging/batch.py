"""Handles the records of one poll: keys in parallel, and the records of one key in sequence.

An unavailable dependency stops the partition, and so does a message type that this code does not
know yet. A record that fails for another reason becomes a dead letter, and later records of its key
wait behind it. Records of other keys do not wait.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

import structlog
from aiokafka.errors import KafkaError
from opentelemetry.trace import SpanKind

from slipway.contracts.codec import UnknownType, Unreadable, newest
from slipway.contracts.envelope import Message, Recorded
from slipway.eventstore.store import StoreUnavailable
from slipway.messaging.dead_letter_queue import DeadLetterQueue
from slipway.messaging.records import RawRecord, lane_of, read
from slipway.telemetry import logs, traces
from slipway.telemetry.logs import error_location

_log = structlog.get_logger(__name__)

INFRASTRUCTURE = (StoreUnavailable, KafkaError, OSError)
"""Errors, such as time-outs, that no record causes. The partition waits without limit (H12)."""

_TRIES = 3
_BETWEEN_TRIES_SECONDS = 0.05
DEPENDENCY_SECONDS = 1.0
NEWER_TYPE_SECONDS = 30.0

Handle = Callable[[Recorded], Awaitable[None]]
HandleBatch = Callable[[Sequence[RawRecord]], Awaitable[None]]


@dataclass(frozen=True)
class Stop:
    """Marks the offset at which a partition stopped. It continues there after `wait_seconds`."""

    topic: str
    partition: int
    offset: int
    wait_seconds: float = 0.0
    why: str = ""
    """The reason, if the partition waits for an update of this service. Otherwise empty."""


def _stop(record: RawRecord, wait_seconds: float, why: str = "") -> Stop:
    """Returns a `Stop` for the offset of this record, which was not handled."""
    return Stop(record.topic, record.partition, record.offset, wait_seconds, why)


class KeyedBatch:
    """Handles the records of an `Inbox`. Each record is decoded and handled separately."""

    def __init__(
        self,
        consumer: str,
        handle: Handle,
        dead_letters: DeadLetterQueue,
        concurrency: int,
        wants: tuple[type[Message], ...],
    ) -> None:
        self._consumer = consumer
        self._handle = handle
        self._wants = wants
        self._dead_letters = dead_letters
        self._room = asyncio.Semaphore(concurrency)

    async def take(self, records: Sequence[RawRecord]) -> list[Stop]:
        """Handles the records and returns where to continue later.

        Each `Stop` names a partition and an offset. The list is empty if all records are handled.
        """
        lanes: dict[tuple[str, str], list[RawRecord]] = {}
        for record in records:
            if not self._is_unwanted(record):
                lanes.setdefault(lane_of(record), []).append(record)
        if not lanes:
            return []
        ids = {lane: self._dead_letters.id_of(self._consumer, lanes[lane][0]) for lane in lanes}
        try:
            known = await self._dead_letters.known(ids.values())
        except INFRASTRUCTURE:
            return [_stop(record, DEPENDENCY_SECONDS) for record in records]
        stops = await asyncio.gather(
            *(
                self._take_lane(ids[lane], queue, behind=ids[lane] in known)
                for lane, queue in lanes.items()
            )
        )
        return [stop for stop in stops if stop is not None]

    def _is_unwanted(self, record: RawRecord) -> bool:
        """Returns whether the header names a known type that the handler ignores."""
        cls = newest(record.headers.get("ce_type", ""))
        return cls is not None and not issubclass(cls, self._wants)

    async def handle_one(self, record: RawRecord) -> None:
        """Handles one record once, for a redrive.

        Raises an error if the record cannot be read or its handler fails.
        """
        found = read(record)
        if isinstance(found, Exception):
            raise found
        with (
            traces.span(
                f"consume {record.topic}", parent=found.meta.traceparent, kind=SpanKind.CONSUMER
            ),
            logs.about(found.stream, found.meta.correlation_id),
        ):
            await self._handle(_nested(found))

    async def _take_lane(self, id_: str, queue: list[RawRecord], *, behind: bool) -> Stop | None:
        async with self._room:
            for record in queue:
                try:
                    if behind and await self._dead_letters.enqueue_behind(id_, record):
                        continue
                    behind = not await self._try(id_, record)
                except INFRASTRUCTURE as error:
                    _log.warning("waiting for a dependency", error=repr(error))
                    return _stop(record, DEPENDENCY_SECONDS)
                except UnknownType as error:
                    _log.error("type newer than this code: waiting", type=str(error))
                    return _stop(
                        record,
                        NEWER_TYPE_SECONDS,
                        f"unknown type {error}: update this service",
                    )
        return None

    async def _try(self, id_: str, record: RawRecord) -> bool:
        """Handles the record, with retries. Returns False if it became a dead letter."""
        problem = ""
        for attempt in range(_TRIES):
            try:
                await self.handle_one(record)
            except (*INFRASTRUCTURE, UnknownType):
                raise
            except Unreadable as error:
                problem = str(error)
                break
            except Exception as error:  # noqa: BLE001 - retried, then a dead letter
                _log.exception("handler failed", topic=record.topic, offset=record.offset)
                problem = error_location(error)
                await asyncio.sleep(_BETWEEN_TRIES_SECONDS * attempt)
            else:
                return True
        await self._dead_letters.open_dead_letter(id_, self._consumer, record, problem)
        return False


class RawBatch:
    """Handles the records of a `RawInbox`, whose handler receives the bytes of a whole batch."""

    def __init__(
        self, consumer: str, handle_batch: HandleBatch, dead_letters: DeadLetterQueue
    ) -> None:
        self._consumer = consumer
        self._handle_batch = handle_batch
        self._dead_letters = dead_letters

    async def take(self, records: Sequence[RawRecord]) -> list[Stop]:
        try:
            await self._handle_batch(records)
        except INFRASTRUCTURE as error:
            _log.warning("waiting for a dependency", error=repr(error))
            return [_stop(record, DEPENDENCY_SECONDS) for record in records]
        except Exception:  # noqa: BLE001 - each record is retried alone
            _log.exception("batch failed: trying each record alone", size=len(records))
            return await self._one_by_one(records)
        return []

    async def handle_one(self, record: RawRecord) -> None:
        await self._handle_batch([record])

    async def _one_by_one(self, records: Sequence[RawRecord]) -> list[Stop]:
        for number, record in enumerate(records):
            try:
                try:
                    await self._handle_batch([record])
                except INFRASTRUCTURE:
                    raise
                except Exception as error:  # noqa: BLE001 - this record alone becomes a dead letter
                    id_ = self._dead_letters.id_of(self._consumer, record)
                    await self._dead_letters.open_dead_letter(
                        id_, self._consumer, record, error_location(error)
                    )
            except INFRASTRUCTURE:
                return [_stop(waiting, DEPENDENCY_SECONDS) for waiting in records[number:]]
        return []


def _nested(recorded: Recorded) -> Recorded:
    """Returns the event with the current span as its trace context.

    The events that the handler causes then belong to this span.
    """
    traceparent = traces.current_traceparent() or recorded.meta.traceparent
    meta = recorded.meta.model_copy(update={"traceparent": traceparent})
    return recorded.model_copy(update={"meta": meta})
