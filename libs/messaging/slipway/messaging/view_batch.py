"""Writes the records of one poll to views.

Each partition has its own transaction, which also stores its offset. A record that cannot be read
or applied becomes a dead letter, and later records of its key wait behind it. A message type that
this code does not know yet stops its partition. `batch` does the same for other inboxes.
"""

from collections.abc import Iterable, Sequence

import structlog

from slipway.contracts.codec import UnknownType, Unreadable
from slipway.contracts.envelope import Recorded
from slipway.messaging.batch import DEPENDENCY_SECONDS, INFRASTRUCTURE, NEWER_TYPE_SECONDS, Stop
from slipway.messaging.dead_letter_queue import DeadLetterQueue
from slipway.messaging.offsets import OffsetConflict, Partition, StoredOffsets, Views
from slipway.messaging.records import RawRecord, read
from slipway.telemetry import traces
from slipway.telemetry.logs import error_location

_log = structlog.get_logger(__name__)


class ViewBatch:
    def __init__(
        self, consumer: str, views: Views, offsets: StoredOffsets, dead_letters: DeadLetterQueue
    ) -> None:
        self._consumer = consumer
        self._views = views
        self._offsets = offsets
        self._dead_letters = dead_letters

    async def take(self, records: Sequence[RawRecord]) -> list[Stop]:
        """Applies the records to the views and returns where to continue later.

        Each `Stop` names a partition and an offset. The list is empty if all records are applied.
        """
        partitions: dict[Partition, list[RawRecord]] = {}
        for record in records:
            partitions.setdefault((record.topic, record.partition), []).append(record)
        stops = [await self._take_partition(*each) for each in partitions.items()]
        return [stop for stop in stops if stop is not None]

    async def handle_one(self, record: RawRecord) -> None:
        """Applies one record for a redrive. The stored offset does not change.

        Raises an error if the record cannot be read or applied.
        """
        found = read(record)
        if isinstance(found, Exception):
            raise found
        await self._views.apply_again(found)

    async def _take_partition(
        self, partition: Partition, records: Sequence[RawRecord]
    ) -> Stop | None:
        expected = self._offsets.next_of(partition)
        if expected is None:
            return None  # revoked since the poll
        if records[0].offset < expected:
            return Stop(*partition, expected)
        if records[0].offset > expected:
            # Event topics keep all records (H19), so missing records are an error without a repair.
            missing = {"first": expected, "next": records[0].offset}
            _log.error("records are missing", topic=partition[0], partition=partition[1], **missing)
        try:
            return await self._apply(partition, expected, records)
        except OffsetConflict:
            _log.warning("another process writes this partition", partition=partition)
            return Stop(*partition, await self._offsets.reload(partition))
        except INFRASTRUCTURE as error:
            _log.warning("waiting for a dependency", error=repr(error))
            return Stop(*partition, expected, DEPENDENCY_SECONDS)
        except Exception:
            if len(records) == 1:
                raise
            _log.exception("batch failed: trying each record alone", size=len(records))
            return await self._take_each(partition, records)

    async def _take_each(self, partition: Partition, records: Sequence[RawRecord]) -> Stop | None:
        for record in records:
            stop = await self._take_partition(partition, [record])
            if stop is not None:
                return stop
        return None

    async def _apply(
        self, partition: Partition, expected: int, records: Sequence[RawRecord]
    ) -> Stop | None:
        readable, stop = await self._read(partition, records)
        for recorded in readable:
            await self._dead_letters.handle_command(recorded)
        next_offset = records[-1].offset + 1 if stop is None else stop.offset
        try:
            await self._write(partition, expected, next_offset, readable)
        except (OffsetConflict, *INFRASTRUCTURE):
            raise
        except Exception as error:
            if len(records) > 1:
                raise
            id_ = self._dead_letters.id_of(self._consumer, records[0])
            await self._dead_letters.open_dead_letter(
                id_, self._consumer, records[0], error_location(error)
            )
            await self._write(partition, expected, next_offset, [])
        return stop

    async def _write(
        self, partition: Partition, offset: int, next_offset: int, records: Sequence[Recorded]
    ) -> None:
        await self._views.apply(*partition, offset=offset, next_offset=next_offset, records=records)
        self._offsets.advance(partition, next_offset)
        _trace(records)

    async def _read(
        self, partition: Partition, records: Sequence[RawRecord]
    ) -> tuple[list[Recorded], Stop | None]:
        """Returns the records to apply, and a `Stop` or None.

        The `Stop` is at the first record whose type this code does not know yet.
        """
        ids = [self._dead_letters.id_of(self._consumer, record) for record in records]
        behind = await self._dead_letters.known(set(ids))
        readable: list[Recorded] = []
        for id_, record in zip(ids, records, strict=True):
            if id_ in behind and await self._dead_letters.enqueue_behind(id_, record):
                continue
            match read(record):
                case UnknownType() as newer:
                    _log.error("type newer than this code: waiting", type=str(newer))
                    why = f"unknown type {newer}: update this service"
                    return readable, Stop(*partition, record.offset, NEWER_TYPE_SECONDS, why)
                case Unreadable() as problem:
                    await self._dead_letters.open_dead_letter(
                        id_, self._consumer, record, str(problem)
                    )
                    behind.add(id_)
                case recorded:
                    readable.append(recorded)
        return readable, None


def _trace(applied: Iterable[Recorded]) -> None:
    """Adds a last span to the trace of each event, because the portal now shows the event."""
    for recorded in applied:
        if recorded.meta.traceparent is not None:
            with traces.span(f"project {recorded.event.TYPE}", parent=recorded.meta.traceparent):
                pass
