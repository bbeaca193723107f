"""H1: a delivery is stored before the commit, and its effect before its end."""

import pytest
from slipway.contracts.deliveries import DeliveryApplied, DeliveryChannel, DeliveryReceived
from slipway.contracts.subscriptions import EntitlementGranted
from slipway.eventstore.store import StoreUnavailable

from tests.support.builders.ghl_records import LOCATION, ORDER, order, record
from tests.support.dsl.ingest import IngestInMemory, call
from tests.support.fakes.recording_store import Killed


async def test_h01_after_a_kill_between_effect_and_end_both_are_written_once() -> None:
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
    assert end.changed, "the change before the kill belongs to this delivery"
    assert [type(event) for event in await ingest.subscription()] == [EntitlementGranted]


async def test_h01_the_end_is_never_written_before_the_effect() -> None:
    """A kill after an end that is written first would lose the purchase."""
    ingest = IngestInMemory()
    ingest.ghl.has(record(), order())
    await ingest.deliver(call("active"))
    before = len(ingest.store.written)
    await ingest.work("delivery")
    assert ingest.store.written[before:] == ("subscription", "delivery")


async def test_h01_a_redelivery_of_an_unfinished_delivery_leaves_it_due() -> None:
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


async def test_h01_a_record_that_is_not_stored_is_not_committed() -> None:
    """The inbox raises, so the batch is not committed and is redelivered."""
    ingest = IngestInMemory()
    ingest.store.away = True
    with pytest.raises(StoreUnavailable):
        await ingest.deliver(call("active"))
