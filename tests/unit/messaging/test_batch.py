"""Which records of a batch are handled, and which are skipped without being read."""

import json

from slipway.contracts.envelope import Message, Recorded, headers_of
from slipway.contracts.subscriptions import WriteBackEvent, WriteBackRequested
from slipway.contracts.vps import VpsHeld, VpsIgnored
from slipway.eventstore.memory import MemoryEventStore
from slipway.messaging.batch import KeyedBatch
from slipway.messaging.consumer import RawRecord
from slipway.messaging.dead_letter_queue import DeadLetterQueue

from tests.support.builders import golden_files as goldens
from tests.support.builders.sample_decider import now


def _record(type_: str, offset: int = 0, value: bytes | None = None) -> RawRecord:
    headers = headers_of(
        epoch=0,
        stream="vps-x",
        version=offset + 1,
        type_=type_,
        time=now(),
        meta={"correlation_id": "c"},
        source="tests",
    )
    body = json.dumps(goldens.read(type_)).encode() if value is None else value
    return RawRecord("vps", 0, offset, b"vps-x", body, headers, 0)


class _Reader:
    def __init__(self, *wants: type[Message]) -> None:
        self.store = MemoryEventStore(now)
        self.heard: list[tuple[str, int]] = []
        self.failing = False
        self.batch = KeyedBatch(
            "tests", self._handle, DeadLetterQueue(self.store, now, "tests"), 4, wants
        )

    async def _handle(self, recorded: Recorded) -> None:
        if self.failing:
            raise ValueError("a bug")
        self.heard.append((recorded.event.TYPE, recorded.version))


async def test_a_type_that_the_handler_ignores_is_skipped_even_if_unreadable() -> None:
    reader = _Reader(VpsHeld)
    records = [_record(VpsIgnored.TYPE, 0, b"{"), _record(VpsHeld.TYPE, 1)]
    assert await reader.batch.take(records) == []
    assert reader.heard == [(VpsHeld.TYPE, 2)]
    assert await reader.batch.take([_record(VpsIgnored.TYPE, 2)]) == []
    assert reader.store._streams == {}, "nothing is set aside"


async def test_an_unreadable_record_of_a_handled_type_becomes_a_dead_letter() -> None:
    reader = _Reader(VpsHeld)
    assert await reader.batch.take([_record(VpsHeld.TYPE, 0, b"{")]) == []
    assert len(reader.store._streams) == 1


async def test_h12_a_type_newer_than_this_code_waits_whatever_types_are_handled() -> None:
    reader = _Reader(VpsHeld)
    newer = _record("slipway.vps.held.v9", 1, b"{}")
    stops = await reader.batch.take([_record(VpsIgnored.TYPE), newer, _record(VpsHeld.TYPE, 2)])
    assert [(stop.topic, stop.partition, stop.offset) for stop in stops] == [
        (newer.topic, newer.partition, newer.offset)
    ]
    assert "slipway.vps.held.v9" in stops[0].why
    assert reader.heard == []


async def test_an_old_version_of_a_handled_type_is_upcast_and_handled() -> None:
    reader = _Reader(WriteBackEvent)
    await reader.batch.take([_record("slipway.subscriptions.write-back-requested.v1")])
    assert reader.heard == [(WriteBackRequested.TYPE, 1)]


async def test_h32_only_handled_types_queue_behind_a_dead_letter() -> None:
    reader = _Reader(VpsHeld)
    reader.failing = True
    await reader.batch.take([_record(VpsHeld.TYPE, 0)])
    reader.failing = False
    await reader.batch.take([_record(VpsIgnored.TYPE, 1), _record(VpsHeld.TYPE, 2)])
    assert reader.heard == []
    [letter] = reader.store._streams
    queued = [record.event.model_dump() for record in await reader.store.read(letter)]
    assert [one["record"]["offset"] for one in queued] == [0, 2]
