"""How far a group has come: offsets committed explicitly, and what still lies ahead of it."""

from collections.abc import Mapping

import structlog
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError

_log = structlog.get_logger(__name__)


async def commit(consumer: AIOKafkaConsumer, reached: Mapping[TopicPartition, int]) -> None:
    """These offsets alone: without them a client commits whatever it has handed out."""
    mine = {
        position: offset
        for position, offset in reached.items()
        if position in consumer.assignment()
    }
    if not mine:
        return
    try:
        await consumer.commit(mine)
    except KafkaError as error:
        # Not lost: it comes again, and every handler can take that.
        _log.warning("offsets not committed", error=type(error).__name__)


async def lag_of(consumer: AIOKafkaConsumer | None) -> int:
    """By the broker's own ends, for the partitions this member has."""
    if consumer is None or not consumer.assignment():
        return 0
    ends = await consumer.end_offsets(consumer.assignment())
    positions = {position: await consumer.position(position) for position in ends}
    return sum(max(0, end - positions[position]) for position, end in ends.items())
