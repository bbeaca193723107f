"""Takes records from Kafka for a service's inboxes: the one position where FastStream is set up.

Explicit offsets only; partitions that can't go on are paused and tried again, without limit; a
rebalance waits for the turn in flight. What happens to the records: `batch`.
"""

import asyncio
import time
from collections.abc import Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import structlog
from aiokafka import AIOKafkaConsumer, ConsumerRebalanceListener, ConsumerRecord, TopicPartition
from aiokafka.errors import IllegalOperation, IllegalStateError, KafkaError
from faststream import AckPolicy
from faststream.kafka import KafkaBroker, KafkaMessage

from slipway.contracts.envelope import Recorded
from slipway.contracts.topics import COMMANDS, MAX_RECORD_BYTES, Topic
from slipway.eventstore.due_work import DueWork
from slipway.eventstore.store import EventStore
from slipway.eventstore.stream import Claim
from slipway.messaging.batch import Handle, KeyedBatch, RawBatch, Stop
from slipway.messaging.dead_letter_queue import DeadLetterQueue
from slipway.messaging.dead_letters import DEAD_LETTER
from slipway.messaging.offsets import commit, lag_of
from slipway.messaging.record_lookup import look_up_record
from slipway.messaging.records import RawRecord, raw_of
from slipway.messaging.subscriptions import Inbox, Member, RawInbox

__all__ = ["SESSION_MS", "Consumers", "Inbox", "Member", "RawInbox", "RawRecord"]

_log = structlog.get_logger(__name__)

_BATCH = 500
_STUCK_SECONDS = 60.0
_LAG_EVERY_SECONDS = 5.0
_REBALANCE_MS = 60_000
SESSION_MS = 12_000
"""How long a dead member keeps its partitions from the others."""


@dataclass
class _Reader:
    """One inbox at work."""

    name: str
    topics: Sequence[Topic]
    batch: KeyedBatch | RawBatch
    subscriber: Any = None
    consumer: AIOKafkaConsumer | None = None
    turn: asyncio.Lock = field(default_factory=asyncio.Lock)
    at_work: float = field(default_factory=time.monotonic)
    """When it last took records, or had none to take."""
    lag: int = 0


class _Drained(ConsumerRebalanceListener):  # type: ignore[misc]
    """Without it, what is in flight while partitions move is handled twice (measured)."""

    def __init__(self, reader: _Reader) -> None:
        self._reader = reader

    async def on_partitions_revoked(self, _revoked: object) -> None:
        async with self._reader.turn:
            return

    async def on_partitions_assigned(self, _assigned: object) -> None:
        """Positions are Kafka's own; nothing to do."""


class Consumers:
    def __init__(
        self,
        kafka_url: str,
        namespace: str,
        inboxes: Sequence[Inbox | RawInbox],
        store: EventStore,
        clock: Callable[[], datetime],
        member: Member,
    ) -> None:
        self._kafka_url = kafka_url
        self._namespace = namespace
        self._store = store
        self._member = member
        self.dead_letters = DeadLetterQueue(store, clock, member.service)
        self._readers = [self._reader(inbox) for inbox in inboxes]
        # apply_types off: the handler gets the message itself and nothing is guessed from types.
        self._broker = KafkaBroker(
            kafka_url, apply_types=False, logger=None, allow_auto_create_topics=False
        )
        self._tasks: set[asyncio.Task[None]] = set()
        self._stopping = False
        for reader in self._readers:
            self._subscribe(reader)
        # Unset, or set on the broker alone, it would commit before the handler runs.
        assert all(one.ack_policy is AckPolicy.MANUAL for one in self._broker.subscribers)  # noqa: S101

    async def start(self) -> None:
        """Waits for Kafka without limit."""
        while True:
            try:
                await self._broker.start()
            except (KafkaError, OSError) as error:
                _log.warning("waiting for Kafka", error=type(error).__name__)
                await self._broker.stop()
                await asyncio.sleep(1)
            else:
                break
        for reader in self._readers:
            # Not from the first record: one that never gets any must be seen to lag.
            reader.consumer = reader.subscriber.consumer
            reader.at_work = time.monotonic()
        self._start_task(self._watch())

    async def stop(self) -> None:
        """Ends after the turns in flight, whose offsets are committed."""
        self._stopping = True
        for task in self._tasks:
            task.cancel()
        for reader in self._readers:
            # Let go at once: a record that is handed out meanwhile would wait for it in vain.
            async with reader.turn:
                pass
        await self._broker.stop()

    async def run(self) -> None:
        """Start, stay until cancelled, stop."""
        await self.start()
        try:
            await asyncio.Event().wait()
        finally:
            await self.stop()

    def progress(self) -> bool:
        """False where records wait and none was taken for a minute: a restart would help."""
        now = time.monotonic()
        return all(
            reader.lag == 0 or now - reader.at_work < _STUCK_SECONDS for reader in self._readers
        )

    def lag(self) -> int:
        """Records not yet handled, as of the last look five seconds ago or less."""
        return sum(reader.lag for reader in self._readers)

    def redriving(self, owner: str) -> DueWork:
        """The due work that moves redriven dead letters on."""
        handlers = {reader.name: reader.batch.handle_one for reader in self._readers}

        async def again(topic: str, partition: int, offset: int) -> RawRecord:
            return await look_up_record(
                self._kafka_url, self._namespace, topic=topic, partition=partition, offset=offset
            )

        async def step(claim: Claim) -> None:
            await self.dead_letters.step(claim, handlers, again)

        return DueWork(self._store, DEAD_LETTER.category, step, owner=owner)

    def _reader(self, inbox: Inbox | RawInbox) -> _Reader:
        if isinstance(inbox, RawInbox):
            raw = RawBatch(inbox.group, inbox.handle_batch, self.dead_letters)
            return _Reader(inbox.group, [inbox.topic], raw)
        handle = (
            self._dead_letters_first(inbox.handle) if COMMANDS in inbox.topics else inbox.handle
        )
        keyed = KeyedBatch(inbox.group, handle, self.dead_letters, inbox.concurrency, inbox.wants)
        return _Reader(inbox.group, inbox.topics, keyed)

    def _dead_letters_first(self, handle: Handle) -> Handle:
        """Redrives and skips of this service's dead letters never reach the inbox."""

        async def handle_rest(record: Recorded) -> None:
            if not await self.dead_letters.handle_command(record):
                await handle(record)

        return handle_rest

    def _subscribe(self, reader: _Reader) -> None:
        async def parse(record: ConsumerRecord, original: Callable[..., object]) -> object:
            # The framework's parser raises for a header that is no text, and the record is lost.
            parsed = await original(_bare(record))  # type: ignore[misc]
            parsed.raw_message = record
            return parsed

        async def decode(message: KafkaMessage) -> KafkaMessage:
            return message

        async def on_message(message: KafkaMessage) -> None:
            await self._turn(reader, message)

        reader.subscriber = self._broker.subscriber(
            *(f"{self._namespace}.{topic.name}" for topic in reader.topics),
            group_id=f"{self._namespace}.{reader.name}",
            ack_policy=AckPolicy.MANUAL,
            auto_offset_reset="earliest",
            max_partition_fetch_bytes=MAX_RECORD_BYTES + 1024 * 1024,
            rebalance_timeout_ms=_REBALANCE_MS,
            session_timeout_ms=SESSION_MS,
            group_instance_id=self._member.instance,
            listener=_Drained(reader),
            parser=parse,
            decoder=decode,
        )
        reader.subscriber(on_message)

    async def _turn(self, reader: _Reader, message: KafkaMessage) -> None:
        """One record wakes us at once; what lies ready beside it comes along.

        The framework's own batches sleep after an empty poll: 20 ms more at every hop.
        """
        consumer: AIOKafkaConsumer = message.consumer
        async with reader.turn:
            if self._stopping:
                return
            records: list[ConsumerRecord[bytes, bytes]] = [message.raw_message]
            ready = await consumer.getmany(timeout_ms=0, max_records=_BATCH)
            records += [record for found in ready.values() for record in found]
            taken = [raw_of(record, self._namespace) for record in records]
            stops = await reader.batch.take(taken)
            await self._settle(consumer, taken, stops)
            reader.at_work = time.monotonic()

    async def _settle(
        self, consumer: AIOKafkaConsumer, taken: Sequence[RawRecord], stops: Sequence[Stop]
    ) -> None:
        """Commit each partition as far as it is handled without a gap; hold back the rest."""
        first: dict[TopicPartition, Stop] = {}
        for stop in stops:
            position = self._position(stop.record)
            if position not in first or stop.record.offset < first[position].record.offset:
                first[position] = stop
        reached: dict[TopicPartition, int] = {}
        for record in taken:
            position = self._position(record)
            reached[position] = max(reached.get(position, 0), record.offset + 1)
        reached |= {position: stop.record.offset for position, stop in first.items()}
        for position, stop in first.items():
            self._hold_back(consumer, position, stop)
        await commit(consumer, reached)

    def _position(self, record: RawRecord) -> TopicPartition:
        return TopicPartition(f"{self._namespace}.{record.topic}", record.partition)

    def _hold_back(self, consumer: AIOKafkaConsumer, position: TopicPartition, stop: Stop) -> None:
        """Pause, and begin at the record again later; a handler that waits loses its partition."""
        try:
            consumer.pause(position)
            consumer.seek(position, stop.record.offset)
        except (IllegalStateError, IllegalOperation):
            return  # another member has it now, and begins at the committed offset

        async def resume() -> None:
            await asyncio.sleep(stop.wait_seconds)
            if position in consumer.assignment():
                consumer.resume(position)

        self._start_task(resume())

    def _start_task(self, work: Coroutine[None, None, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _watch(self) -> None:
        """Lag from the broker's own ends: a consumer that is stuck still thinks it has none."""
        while True:
            for reader in self._readers:
                try:
                    async with asyncio.timeout(_LAG_EVERY_SECONDS):
                        reader.lag = await lag_of(reader.consumer)
                        if reader.lag == 0:
                            reader.at_work = time.monotonic()
                except (KafkaError, OSError, IllegalStateError) as error:
                    _log.warning("lag unknown", inbox=reader.name, error=type(error).__name__)
            await asyncio.sleep(_LAG_EVERY_SECONDS)


def _bare(record: ConsumerRecord) -> ConsumerRecord:
    fields: Mapping[str, object] = {**vars(record), "headers": ()}
    return ConsumerRecord(**fields)
