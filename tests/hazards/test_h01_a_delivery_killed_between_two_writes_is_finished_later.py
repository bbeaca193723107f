"""H1: received is stored before the commit, the effect before the end; due work finishes."""

import pytest
from slipway.contracts.deliveries import DeliveryApplied, DeliveryChannel, DeliveryReceived
from slipway.contracts.subscriptions import EntitlementGranted
from slipway.eventstore.store import StoreUnavailable

from tests.support.builders.ghl_records import LOCATION, ORDER, order, record
from tests.support.dsl.ingest import IngestInMemory, call
from tests.support.fakes.recording_store import Killed


async def test_h01_killed_after_the_effect_the_end_is_written_later_and_the_effect_once() -> None:
    ingest = IngestInMemory()
    ingest.ghl.has(record(), order())
    stream = await ingest.deliver(call("active"))
    ingest.store.dies_after = "subscription"
    with pytest.raises(Killed):
        await ingest.work("delivery")
    assert [type(event) for event in await ingest.events(stream)] == [DeliveryReceived]
    ingest.clock.forward(31)
    await IngestInMemory(before=ingest).work()
    end = (await ingest.events(stream))[-1]
    assert isinstance(end, DeliveryApplied)
    assert end.changed, "the change that it made before the kill is its own"
    assert [type(event) for event in await ingest.subscription()] == [EntitlementGranted]


async def test_h01_the_end_never_stands_before_the_effect() -> None:
    """Were the end written first, a kill in between would lose the purchase."""
    ingest = IngestInMemory()
    ingest.ghl.has(record(), order())
    await ingest.deliver(call("active"))
    before = len(ingest.store.written)
    await ingest.work("delivery")
    assert ingest.store.written[before:] == ("subscription", "delivery")


async def test_h01_a_redelivery_of_one_that_has_no_end_leaves_it_due() -> None:
    ingest = IngestInMemory()
    ingest.ghl.has(record(), order())
    ingest.ghl.outage()
    body = {
        "type": "OrderStatusUpdate",
        "locationId": LOCATION,
        "_id": ORDER,
        "webhookId": "w1",
    }
    stream = await ingest.deliver(body, DeliveryChannel.SIGNED)
    await ingest.work_for(5)
    await ingest.deliver(body, DeliveryChannel.SIGNED)
    assert ingest.counters["duplicates"] == 1
    ingest.ghl.down = None
    await ingest.work_for(5)
    assert isinstance((await ingest.events(stream))[-1], DeliveryApplied)
    assert len(await ingest.subscription()) == 1


async def test_h01_what_the_store_did_not_take_is_not_acknowledged() -> None:
    """The inbox raises, so the batch isn't committed and comes again."""
    ingest = IngestInMemory()
    ingest.store.away = True
    with pytest.raises(StoreUnavailable):
        await ingest.deliver(call("active"))
