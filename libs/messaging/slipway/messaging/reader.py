"""The loop of one inbox: polls records from Kafka, passes them to a batch and stores the offset.

`consumer` creates one reader per inbox. A rebalance waits until the current batch is handled. A
partition that cannot continue is paused and tried again later, without limit. If the handler itself
waited, the process would lose the partition.
"""

import asyncio
import time
from collections.abc import Callable, Collection, Coroutine, Mapping, Sequence
from typing import Any, Protocol

import structlog
from aiokafka import AIOKafkaConsumer, ConsumerRebalanceListener, ConsumerRecord, TopicPartition
from aiokafka.errors import IllegalOperation, IllegalStateError
from faststream import AckPolicy
from faststream.kafka import KafkaBroker, KafkaMessage

from slipway.contracts.topics import MAX_RECORD_BYTES, Topic
from slipway.messaging.batch import DEPENDENCY_SECONDS, Stop
from slipway.messaging.offsets import Offsets, Partition, lag_of
from slipway.messaging.records import RawRecord, raw_of

_log = structlog.get_logger(__name__)

_BATCH = 500
_STUCK_SECONDS = 60.0
_REBALANCE_MS = 60_000
SESSION_MS = 12_000
"""The time after which the partitions of a dead member are assigned to other members."""


class Batch(Protocol):
    async def take(self, records: Sequence[RawRecord]) -> list[Stop]:
        """Handles the records and returns where to continue later.

        Each `Stop` names a partition and an offset. The list is empty if all records are handled.
        """

    async def handle_one(self, record: RawRecord) -> None:
        """Handles one record once, for a redrive.

        Raises an error if the record cannot be read or its handler fails.
        """


class Reader:
    def __init__(
        self, group: str, topics: Sequence[Topic], batch: Batch, offsets: Offsets, namespace: str
    ) -> None:
        self.group = group
        self.batch = batch
        self.lag = 0
        self.last_progress = time.monotonic()
        """The time when the reader last handled records, or when no records waited."""
        self.stopped: dict[Partition, str] = {}
        """The partitions that wait for an update of this service, each with the reason."""
        self._topics = topics
        self._offsets = offsets
        self._prefix = f"{namespace}."
        self._namespace = namespace
        self._subscriber: Any = None
        self._busy = asyncio.Lock()
        self._resuming: set[asyncio.Task[None]] = set()
        self._stopping = False

    @property
    def consumer(self) -> AIOKafkaConsumer | None:
        return None if self._subscriber is None else self._subscriber.consumer

    def subscribe(self, broker: KafkaBroker, instance: str) -> None:
        self._subscriber = broker.subscriber(
            *(f"{self._prefix}{topic.name}" for topic in self._topics),
            group_id=f"{self._prefix}{self.group}",
            ack_policy=AckPolicy.MANUAL,
            auto_offset_reset="earliest",
            max_partition_fetch_bytes=MAX_RECORD_BYTES + 1024 * 1024,
            rebalance_timeout_ms=_REBALANCE_MS,
            session_timeout_ms=SESSION_MS,
            group_instance_id=instance,
            listener=_Rebalance(self._on_assigned, self._on_revoked),
            parser=_parse,
            decoder=_decode,
        )
        self._subscriber(self._on_message)

    def started(self) -> None:
        """Sets the time of the last progress to now.

        A reader counts as stuck if records wait and it makes no progress for a minute.
        """
        self._stopping = False
        self.last_progress = time.monotonic()

    async def stop(self) -> None:
        """Returns when the current batch is handled."""
        self._stopping = True
        for task in self._resuming:
            task.cancel()
        # The lock is released immediately, because a record polled meanwhile waits for it.
        async with self._busy:
            pass

    def has_progress(self) -> bool:
        return self.lag == 0 or time.monotonic() - self.last_progress < _STUCK_SECONDS

    async def measure_lag(self) -> None:
        """Updates the lag from the broker's end offsets. A stuck consumer itself reports no lag."""
        self.lag = await lag_of(self.consumer)
        if self.lag == 0:
            self.last_progress = time.monotonic()

    async def _on_message(self, message: KafkaMessage) -> None:
        """Handles this record together with all records that the client has already buffered.

        FastStream's own batches sleep after an empty poll. That would delay each event by 20 ms at
        every topic.
        """
        consumer: AIOKafkaConsumer = message.consumer
        async with self._busy:
            if self._stopping:
                return
            records: list[ConsumerRecord[bytes, bytes]] = [message.raw_message]
            buffered = await consumer.getmany(timeout_ms=0, max_records=_BATCH)
            records += [record for found in buffered.values() for record in found]
            polled = [raw_of(record, self._namespace) for record in records]
            stops = await self._take(polled)
            await self._settle(consumer, polled, stops)
            self.last_progress = time.monotonic()

    async def _take(self, polled: Sequence[RawRecord]) -> Sequence[Stop]:
        """Passes the records to the batch and returns where to continue later.

        After an unexpected error, each partition continues at its first record, so that no record
        is skipped.
        """
        try:
            return await self.batch.take(polled)
        except Exception:  # noqa: BLE001 - after any error, no record counts as handled
            _log.exception("batch failed: it is taken again", inbox=self.group)
            return [
                Stop(record.topic, record.partition, record.offset, DEPENDENCY_SECONDS)
                for record in polled
            ]

    async def _settle(
        self, consumer: AIOKafkaConsumer, polled: Sequence[RawRecord], stops: Sequence[Stop]
    ) -> None:
        """Stores the offset up to which each partition is handled.

        Pauses the partitions that stopped.
        """
        first: dict[TopicPartition, Stop] = {}
        for stop in stops:
            position = self._position(stop.topic, stop.partition)
            if position not in first or stop.offset < first[position].offset:
                first[position] = stop
        reached: dict[TopicPartition, int] = {}
        for record in polled:
            position = self._position(record.topic, record.partition)
            reached[position] = max(reached.get(position, 0), record.offset + 1)
            self.stopped.pop((record.topic, record.partition), None)
        reached |= {position: stop.offset for position, stop in first.items()}
        for position, stop in first.items():
            self._hold_back(consumer, position, stop)
        await self._offsets.settle(consumer, reached)

    def _hold_back(self, consumer: AIOKafkaConsumer, position: TopicPartition, stop: Stop) -> None:
        """Pauses the partition for `stop.wait_seconds`. It then continues at `stop.offset`."""
        try:
            consumer.pause(position)
            consumer.seek(position, stop.offset)
        except (IllegalStateError, IllegalOperation):
            return  # another member has the partition now
        if stop.why:
            self.stopped[stop.topic, stop.partition] = stop.why

        async def resume() -> None:
            await asyncio.sleep(stop.wait_seconds)
            if position in consumer.assignment():
                consumer.resume(position)

        self._start_task(resume())

    async def _on_assigned(self, assigned: Collection[TopicPartition]) -> None:
        consumer = self.consumer
        if assigned and consumer is not None:
            partitions = {position: self._partition(position) for position in assigned}
            await self._offsets.on_assigned(consumer, partitions)

    async def _on_revoked(self, revoked: Collection[TopicPartition]) -> None:
        """Waits for the current batch, then forgets the partitions that belong to another member.

        Without the wait, the batch would be handled twice (measured).
        """
        async with self._busy:
            partitions = [self._partition(position) for position in revoked]
            for partition in partitions:
                self.stopped.pop(partition, None)
            self._offsets.on_revoked(partitions)

    def _position(self, topic: str, partition: int) -> TopicPartition:
        return TopicPartition(f"{self._prefix}{topic}", partition)

    def _partition(self, position: TopicPartition) -> Partition:
        return str(position.topic).removeprefix(self._prefix), int(position.partition)

    def _start_task(self, work: Coroutine[None, None, None]) -> None:
        task = asyncio.create_task(work)
        self._resuming.add(task)
        task.add_done_callback(self._resuming.discard)


Moved = Callable[[Collection[TopicPartition]], Coroutine[None, None, None]]


class _Rebalance(ConsumerRebalanceListener):  # type: ignore[misc]  # aiokafka is untyped
    def __init__(self, on_assigned: Moved, on_revoked: Moved) -> None:
        self._on_assigned = on_assigned
        self._on_revoked = on_revoked

    async def on_partitions_revoked(self, revoked: Collection[TopicPartition]) -> None:
        await self._on_revoked(revoked)

    async def on_partitions_assigned(self, assigned: Collection[TopicPartition]) -> None:
        await self._on_assigned(assigned)


async def _parse(record: ConsumerRecord, original: Callable[..., object]) -> object:
    """Parses a record without its headers, and attaches the raw record with them.

    FastStream's own parser raises an error for a header that is not text. The record would then be
    lost.
    """
    fields: Mapping[str, object] = {**vars(record), "headers": ()}
    parsed = await original(ConsumerRecord(**fields))  # type: ignore[misc]
    parsed.raw_message = record
    return parsed


async def _decode(message: KafkaMessage) -> KafkaMessage:
    return message
