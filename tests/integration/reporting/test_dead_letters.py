"""A record that reporting cannot process waits for an operator, and only its key waits."""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest
from slipway.contracts.commands import RedriveDeadLetter, SkipDeadLetter
from slipway.contracts.envelope import Meta, Recorded
from slipway.eventstore.memory import MemoryEventStore

from tests.support.builders.customer_story import Story
from tests.support.dsl.waiting import eventually
from tests.support.servers.portal import ReadModels, read_models, utcnow
from tests.support.servers.record_publisher import RecordPublisher, record_publisher
from tests.support.servers.reporting_inbox import Running, running

pytestmark = pytest.mark.backing

_JSON = {"ce_type": "slipway.vps.ready.v1", "ce_correlationid": "c"}


@pytest.fixture
async def models(mongodb_url: str, namespace: str) -> AsyncIterator[ReadModels]:
    async with read_models(mongodb_url, namespace) as found:
        yield found


@pytest.fixture
async def relay(kafka_url: str, namespace: str) -> AsyncIterator[RecordPublisher]:
    async with record_publisher(kafka_url, namespace) as found:
        yield found


async def _status(models: ReadModels, vps_id: str, status: str) -> bool:
    found = await models.queries.find_by_id("servers", vps_id)
    return found is not None and found["status"] == status


async def _becomes(models: ReadModels, vps_id: str, status: str) -> None:
    await eventually(lambda: _status(models, vps_id, status))


async def _decide(relay: RecordPublisher, cls: Any, dead_letter_id: str) -> None:
    command = cls(
        command_id="k1",
        issued_at=utcnow(),
        actor="user:ada@example.com",
        reason="as it is",
        consumer="reporting",
        dead_letter_id=dead_letter_id,
    )
    meta = Meta(correlation_id="k1")
    sent = Recorded(stream="command-k1", version=1, time=utcnow(), event=command, meta=meta)
    await relay.publish([sent])


def _purchase(subscription: str) -> tuple[list[Recorded], list[Recorded]]:
    """What the Vps topic says: until the creation started, and the proof."""
    records = Story(subscription, utcnow() - timedelta(minutes=5)).bought().records
    own = [record for record in records if record.stream.startswith("vps-")]
    return own[:-1], own[-1:]


async def test_h32_a_key_waits_behind_its_unreadable_record_until_it_is_skipped(
    kafka_url: str, namespace: str, models: ReadModels, relay: RecordPublisher
) -> None:
    begun, ready = _purchase("loc1:sub1")
    await relay.publish(begun)
    await relay.raw("vps", "loc1:sub1", b"{ not json", _JSON)
    await relay.publish(ready)
    await relay.publish([record for part in _purchase("loc1:sub2") for record in part])
    async with running(kafka_url, namespace, models.projector) as process:
        letter = await process.waits(behind=1)
        await _becomes(models, "loc1:sub2-1", "running")
        assert await _status(models, "loc1:sub1-1", "creating")
        await _decide(relay, SkipDeadLetter, letter.dead_letter_id)
        await _becomes(models, "loc1:sub1-1", "running")
        await eventually(lambda: _nothing_waits(process))


async def _nothing_waits(process: Running) -> bool:
    return await process.open_dead_letters() == []


class Faulty:
    """A projector with a bug: it cannot process the events of one VPS until it is fixed."""

    def __init__(self, models: ReadModels, vps_id: str) -> None:
        self._projector = models.projector
        self._stream = f"vps-{vps_id}"
        self.fixed = False
        self.offset = models.projector.offset

    async def apply(self, *place: Any, records: Any, **offsets: Any) -> None:
        self._stumble(records)
        await self._projector.apply(*place, records=records, **offsets)

    async def apply_again(self, recorded: Recorded) -> None:
        self._stumble([recorded])
        await self._projector.apply_again(recorded)

    def _stumble(self, records: Any) -> None:
        if not self.fixed and any(record.stream == self._stream for record in records):
            raise KeyError("an unexpected value")


async def test_a_bug_in_a_projection_stops_one_key_until_it_is_fixed_and_redriven(
    kafka_url: str, namespace: str, models: ReadModels, relay: RecordPublisher
) -> None:
    faulty = Faulty(models, "loc1:sub1-1")
    for subscription in ("loc1:sub1", "loc1:sub2"):
        for part in _purchase(subscription):
            await relay.publish(part)
    async with running(kafka_url, namespace, faulty) as process:
        letter = await process.waits(behind=3)
        await _becomes(models, "loc1:sub2-1", "running")
        assert await models.queries.find_by_id("servers", "loc1:sub1-1") is None
        faulty.fixed = True
        await _decide(relay, RedriveDeadLetter, letter.dead_letter_id)
        await _becomes(models, "loc1:sub1-1", "running")


async def test_after_a_restart_the_key_still_waits(
    kafka_url: str, namespace: str, models: ReadModels, relay: RecordPublisher
) -> None:
    store = MemoryEventStore(utcnow)
    begun, ready = _purchase("loc1:sub1")
    await relay.raw("vps", "loc1:sub1", b"{ not json", _JSON)
    await relay.publish(begun)
    async with running(kafka_url, namespace, models.projector, store) as process:
        await process.waits(behind=len(begun))
    await relay.publish(ready)
    async with running(kafka_url, namespace, models.projector, store) as process:
        await process.waits(behind=len(begun) + 1)
    assert await models.queries.find_by_id("servers", "loc1:sub1-1") is None
