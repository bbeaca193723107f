"""Two ways to store the offset at which a partition continues after a restart or a rebalance.

`GroupOffsets` stores it in Kafka. `StoredOffsets` stores it with the views. `reader` uses one of
these classes.
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
"""The topic's name without the namespace, and the partition's number."""


class OffsetConflict(Exception):
    """Raised if another process changed this partition's stored offset.

    The caller drops the batch and reads it again from the stored offset.
    """


class Views(Protocol):
    """Writes views, and stores with them the next offset of each partition."""

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
        """Writes the views and changes the offset from `offset` to `next_offset`, in a transaction.

        Raises OffsetConflict if the stored offset is not `offset`, or StoreUnavailable. In both
        cases nothing is written.
        """

    async def apply_again(self, recorded: Recorded) -> None:
        """Writes one record to the views without changing the offset. Raises StoreUnavailable."""


class Offsets(Protocol):
    async def on_assigned(
        self, consumer: AIOKafkaConsumer, assigned: Mapping[TopicPartition, Partition]
    ) -> None:
        """Sets the offset at which each assigned partition begins."""

    def on_revoked(self, revoked: Collection[Partition]) -> None:
        """Forgets the partitions that now belong to another member of the group."""

    async def settle(
        self, consumer: AIOKafkaConsumer, reached: Mapping[TopicPartition, int]
    ) -> None:
        """Stores the offset up to which all records of each partition are handled."""


class GroupOffsets:
    """Commits offsets explicitly to the consumer group in Kafka."""

    async def on_assigned(
        self, consumer: AIOKafkaConsumer, assigned: Mapping[TopicPartition, Partition]
    ) -> None:
        """Does nothing, because Kafka itself continues at the committed offset."""

    def on_revoked(self, revoked: Collection[Partition]) -> None:
        """Does nothing, because Kafka stores the committed offset for the next member."""

    async def settle(
        self, consumer: AIOKafkaConsumer, reached: Mapping[TopicPartition, int]
    ) -> None:
        """Commits exactly these offsets.

        A commit without offsets would commit every record that the client has polled.
        """
        assignment = consumer.assignment()
        mine = {position: offset for position, offset in reached.items() if position in assignment}
        if not mine:
            return
        try:
            await consumer.commit(mine)
        except KafkaError as error:
            # The records are delivered again, which every handler allows.
            _log.warning("offsets not committed", error=type(error).__name__)


class StoredOffsets:
    """Stores offsets with the views, in the transaction that writes the views (H10)."""

    def __init__(self, views: Views) -> None:
        self._views = views
        self._next: dict[Partition, int] = {}

    def next_of(self, partition: Partition) -> int | None:
        """Returns the next offset to apply, or None if the partition belongs to another member."""
        return self._next.get(partition)

    def advance(self, partition: Partition, next_offset: int) -> None:
        self._next[partition] = next_offset

    async def reload(self, partition: Partition) -> int:
        """Returns the stored offset. Waits without limit until the store is available."""
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
        """Continues each partition at its stored offset.

        Pauses the partitions until the seek is done. Without the pause, records from another offset
        arrive first (measured).
        """
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
        """Does nothing, because the transaction that wrote the views has stored the offset."""


async def lag_of(consumer: AIOKafkaConsumer | None) -> int:
    """Returns the number of records in this member's partitions that were not yet polled.

    The broker supplies the end of each partition, because a stuck consumer does not know it.
    """
    if consumer is None or not consumer.assignment():
        return 0
    ends = await consumer.end_offsets(consumer.assignment())
    positions = {position: await consumer.position(position) for position in ends}
    return sum(max(0, end - positions[position]) for position, end in ends.items())
