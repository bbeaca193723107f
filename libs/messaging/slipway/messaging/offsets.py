"""Where a partition begins when it is assigned, and how far it is handled: two strategies.

`reader` calls them: a group's offsets live in Kafka, stored offsets live with the views.
"""

import asyncio
from collections.abc import Collection, Mapping, Sequence
from typing import Protocol

import structlog
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError

from slipway.contracts.envelope import Recorded
from slipway.eventstore.store import StoreUnavailable

_log = structlog.get_logger(__name__)

_RETRY_SECONDS = 1.0

Partition = tuple[str, int]
"""(topic without its namespace, partition)."""


class OffsetConflict(Exception):
    """Another process moved this partition's stored offset: drop the batch, read it again."""


class Views(Protocol):
    """Read models that keep, with what they show, the offset up to which they were written."""

    async def offset(self, topic: str, partition: int) -> int:
        """Returns the next offset to read. Raises StoreUnavailable."""

    async def apply(
        self,
        topic: str,
        partition: int,
        *,
        offset: int,
        next_offset: int,
        records: Sequence[Recorded],
    ) -> None:
        """Write the views and move the offset from `offset` to `next_offset`, in one transaction.

        Raises OffsetConflict if the stored offset is another, having written nothing, or
        StoreUnavailable.
        """

    async def apply_again(self, recorded: Recorded) -> None:
        """Write one record whose offset has long passed. Raises StoreUnavailable."""


class Offsets(Protocol):
    async def on_assigned(
        self, consumer: AIOKafkaConsumer, assigned: Mapping[TopicPartition, Partition]
    ) -> None:
        """Make each partition begin where it should."""

    def on_revoked(self, revoked: Collection[Partition]) -> None:
        """Forget partitions that are another member's from now on."""

    async def settle(
        self, consumer: AIOKafkaConsumer, reached: Mapping[TopicPartition, int]
    ) -> None:
        """Keep how far each partition is handled without a gap."""


class GroupOffsets:
    """Offsets are committed to the consumer group, explicitly."""

    async def on_assigned(
        self, consumer: AIOKafkaConsumer, assigned: Mapping[TopicPartition, Partition]
    ) -> None:
        """Kafka itself begins at the committed offset."""

    def on_revoked(self, revoked: Collection[Partition]) -> None:
        """Kafka keeps the committed offset for the next member."""

    async def settle(
        self, consumer: AIOKafkaConsumer, reached: Mapping[TopicPartition, int]
    ) -> None:
        """Without explicit offsets a client commits whatever it has handed out."""
        assignment = consumer.assignment()
        mine = {position: offset for position, offset in reached.items() if position in assignment}
        if not mine:
            return
        try:
            await consumer.commit(mine)
        except KafkaError as error:
            # The records come again, and every handler can take that.
            _log.warning("offsets not committed", error=type(error).__name__)


class StoredOffsets:
    """Offsets are stored with the views, in the transaction that writes them (H10)."""

    def __init__(self, views: Views) -> None:
        self._views = views
        self._next: dict[Partition, int] = {}

    def next_of(self, partition: Partition) -> int | None:
        """Returns the next offset to apply; None for a partition of another member."""
        return self._next.get(partition)

    def advance(self, partition: Partition, next_offset: int) -> None:
        self._next[partition] = next_offset

    async def reload(self, partition: Partition) -> int:
        """Returns the stored offset, however long the store is away."""
        while True:
            try:
                offset = await self._views.offset(*partition)
            except StoreUnavailable as error:
                _log.warning("offset waits for the store", error=str(error))
                await asyncio.sleep(_RETRY_SECONDS)
            else:
                self._next[partition] = offset
                return offset

    async def on_assigned(
        self, consumer: AIOKafkaConsumer, assigned: Mapping[TopicPartition, Partition]
    ) -> None:
        """Pause, seek, resume: without the pause, records arrive before the seek (measured)."""
        consumer.pause(*assigned)
        for position, partition in assigned.items():
            consumer.seek(position, await self.reload(partition))
        consumer.resume(*assigned)

    def on_revoked(self, revoked: Collection[Partition]) -> None:
        for partition in revoked:
            self._next.pop(partition, None)

    async def settle(
        self, consumer: AIOKafkaConsumer, reached: Mapping[TopicPartition, int]
    ) -> None:
        """The views' own transaction has stored the offset."""


async def lag_of(consumer: AIOKafkaConsumer | None) -> int:
    """Returns how many records of this member's partitions lie ahead, by the broker's own ends."""
    if consumer is None or not consumer.assignment():
        return 0
    ends = await consumer.end_offsets(consumer.assignment())
    positions = {position: await consumer.position(position) for position in ends}
    return sum(max(0, end - positions[position]) for position, end in ends.items())
