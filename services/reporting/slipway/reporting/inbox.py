"""Takes every event topic from Kafka in batches; views and offset are written in one transaction.

The stored offset is the truth, not the group's: on assignment each partition is paused, sought to
it and resumed (without the pause, records arrive before the seek; measured). While MongoDB is away
nothing is lost: the batch is read again. A type newer than this reader stops its partition (H12);
a record that can't be read or projected waits for a person, and its key behind it (H32).
"""

import asyncio
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

import structlog
from aiokafka import AIOKafkaConsumer, ConsumerRebalanceListener, ConsumerRecord, TopicPartition
from aiokafka.errors import KafkaError

from slipway.contracts.codec import UnknownType, Unreadable
from slipway.contracts.envelope import Recorded
from slipway.eventstore.store import StoreUnavailable
from slipway.messaging.dead_letter_queue import DeadLetterQueue, HandleOne
from slipway.messaging.records import RawRecord, raw_of, read
from slipway.reporting.ports import NotTheOwner, StoreAway
from slipway.telemetry.logs import error_location
from slipway.telemetry.traces import span

_log = structlog.get_logger(__name__)
CONSUMER = "reporting"
"""Whose dead letters these are."""
_BATCH = 1000
_AGAIN_SECONDS = 1.0


class Writes(Protocol):
    """The projector, as this room sees it."""

    async def offset(self, topic: str, partition: int) -> int: ...

    async def apply(
        self,
        topic: str,
        partition: int,
        *,
        offset: int,
        next_offset: int,
        records: Sequence[Recorded],
    ) -> None:
        """Raises NotTheOwner or StoreAway."""


class AppliesAgain(Protocol):
    """The projector, for a record whose offset has long passed."""

    async def apply_again(self, recorded: Recorded) -> None:
        """Raises StoreAway."""


def redriven(writes: AppliesAgain) -> HandleOne:
    """What the due work does with a record that a person wants tried again."""

    async def handle(record: RawRecord) -> None:
        found = read(record)
        if isinstance(found, Exception):
            raise found
        try:
            await writes.apply_again(found)
        except StoreAway as error:
            raise StoreUnavailable(str(error)) from error

    return handle


@dataclass
class Progress:
    """For health and heartbeats."""

    batches: int = 0
    stopped: dict[str, str] = field(default_factory=dict)
    """Partition -> why it is stopped."""
    lag: int = 0


class BatchInbox(ConsumerRebalanceListener):  # type: ignore[misc]  # aiokafka is untyped
    def __init__(
        self,
        consumer: AIOKafkaConsumer,
        topics: Collection[str],
        namespace: str,
        writes: Writes,
        dead_letters: DeadLetterQueue,
    ) -> None:
        self._consumer = consumer
        self._topics = [f"{namespace}.{topic}" for topic in topics]
        self._prefix = f"{namespace}."
        self._writes = writes
        self._dead_letters = dead_letters
        self._at_work = asyncio.Lock()
        self._next: dict[TopicPartition, int] = {}
        self.progress = Progress()

    async def run(self) -> None:
        """Until cancelled."""
        self._consumer.subscribe(self._topics, listener=self)
        await self._consumer.start()
        try:
            while True:
                await self._one_round()
        finally:
            await self._consumer.stop()

    async def on_partitions_revoked(self, revoked: Collection[TopicPartition]) -> None:
        async with self._at_work:
            for partition in revoked:
                self._next.pop(partition, None)
                self.progress.stopped.pop(_name(partition), None)

    async def on_partitions_assigned(self, assigned: Collection[TopicPartition]) -> None:
        self._consumer.pause(*assigned)
        for partition in assigned:
            await self._seek(partition)
        self._consumer.resume(*assigned)

    async def _one_round(self) -> None:
        try:
            found = await self._consumer.getmany(timeout_ms=100, max_records=_BATCH)
        except KafkaError as error:
            _log.warning("kafka is away", error=str(error))
            await asyncio.sleep(_AGAIN_SECONDS)
            return
        async with self._at_work:
            for partition, records in found.items():
                await self._take(partition, records)
        self._note_lag()

    async def _take(self, partition: TopicPartition, records: list[ConsumerRecord]) -> None:
        expected = self._next.get(partition)
        if expected is None:
            return  # revoked while the batch was on its way
        if records[0].offset < expected:
            await self._seek(partition)
            return
        if records[0].offset > expected:
            # Event topics keep everything (H19): said aloud, since nothing can bring them back.
            place = {"partition": _name(partition), "first": expected, "next": records[0].offset}
            _log.error("records are missing", **place)
        raw = [raw_of(record, self._prefix.removesuffix(".")) for record in records]
        try:
            await self._apply(partition, expected, raw)
        except NotTheOwner:
            _log.warning("another process writes this partition", partition=_name(partition))
            await self._seek(partition)
        except (StoreAway, StoreUnavailable) as error:
            _log.warning("mongodb is away", error=str(error))
            self._consumer.seek(partition, expected)
            await asyncio.sleep(_AGAIN_SECONDS)
        except Exception:  # not the database: one of these records, found by taking each alone
            if len(records) == 1:
                raise
            _log.exception("batch failed: each record by itself", size=len(records))
            await self._take_each(partition, records)

    async def _take_each(self, partition: TopicPartition, records: list[ConsumerRecord]) -> None:
        for record in records:
            await self._take(partition, [record])
            if self._next.get(partition) != record.offset + 1:
                return  # stopped, sought or lost there: what follows is read again

    async def _apply(
        self, partition: TopicPartition, expected: int, raw: Sequence[RawRecord]
    ) -> None:
        readable, next_offset = await self._read(partition, raw)
        for recorded in readable:
            await self._dead_letters.handle_command(recorded)
        try:
            await self._write(partition, expected, next_offset, readable)
        except (NotTheOwner, StoreAway):
            raise
        except Exception as error:
            if len(raw) > 1:
                raise
            id_ = self._dead_letters.id_of(CONSUMER, raw[0])
            await self._dead_letters.open_dead_letter(id_, CONSUMER, raw[0], error_location(error))
            await self._write(partition, expected, next_offset, [])

    async def _write(
        self, partition: TopicPartition, offset: int, next_offset: int, records: Sequence[Recorded]
    ) -> None:
        await self._writes.apply(
            self._topic(partition),
            partition.partition,
            offset=offset,
            next_offset=next_offset,
            records=records,
        )
        self._next[partition] = next_offset
        self.progress.batches += 1
        _trace(records)

    async def _read(
        self, partition: TopicPartition, raw: Sequence[RawRecord]
    ) -> tuple[list[Recorded], int]:
        """Each by itself: one bad record takes its key along, never its batch."""
        ids = [self._dead_letters.id_of(CONSUMER, record) for record in raw]
        behind = await self._dead_letters.known(set(ids))
        readable: list[Recorded] = []
        for id_, record in zip(ids, raw, strict=True):
            if id_ in behind and await self._dead_letters.enqueue_behind(id_, record):
                continue
            match read(record):
                case UnknownType() as newer:
                    self._stop(
                        partition, record.offset, f"unknown type {newer}: update this service"
                    )
                    return readable, record.offset
                case Unreadable() as problem:
                    await self._dead_letters.open_dead_letter(id_, CONSUMER, record, str(problem))
                    behind.add(id_)
                case recorded:
                    readable.append(recorded)
        return readable, raw[-1].offset + 1

    def _stop(self, partition: TopicPartition, offset: int, why: str) -> None:
        _log.error("partition stopped", partition=_name(partition), offset=offset, why=why)
        self._consumer.pause(partition)
        self._consumer.seek(partition, offset)
        self.progress.stopped[_name(partition)] = why

    async def _seek(self, partition: TopicPartition) -> None:
        offset = await self._stored(partition)
        self._next[partition] = offset
        self._consumer.seek(partition, offset)

    async def _stored(self, partition: TopicPartition) -> int:
        while True:
            try:
                return await self._writes.offset(self._topic(partition), partition.partition)
            except StoreAway as error:
                _log.warning("mongodb is away", error=str(error))
                await asyncio.sleep(_AGAIN_SECONDS)

    def _topic(self, partition: TopicPartition) -> str:
        return str(partition.topic).removeprefix(self._prefix)

    def _note_lag(self) -> None:
        ends = ((self._consumer.highwater(each), next_) for each, next_ in self._next.items())
        self.progress.lag = sum(max(end - next_, 0) for end, next_ in ends if end is not None)


def _trace(projected: Iterable[Recorded]) -> None:
    """The last leg of each trace: from here on the portal shows it."""
    for recorded in projected:
        if recorded.meta.traceparent is not None:
            with span(f"project {recorded.event.TYPE}", parent=recorded.meta.traceparent):
                pass


def _name(partition: TopicPartition) -> str:
    return f"{partition.topic}/{partition.partition}"
