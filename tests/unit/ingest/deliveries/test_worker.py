"""The delivery worker follows hints, reads records back, and ends each delivery once."""

from slipway.contracts.deliveries import (
    DeliveryApplied,
    DeliveryChannel,
    DeliveryIgnored,
)
from slipway.contracts.subscriptions import (
    EntitlementEnded,
    EntitlementGranted,
)

from tests.support.builders.ghl_records import CONTACT, LOCATION, ORDER, SUBSCRIPTION, order, record
from tests.support.dsl.ingest import ID, IngestInMemory, call

SIGNED = DeliveryChannel.SIGNED

PAID = {"type": "OrderCreate", "locationId": LOCATION, "_id": ORDER, "webhookId": "w1"}


async def test_a_duplicate_or_late_webhook_changes_nothing() -> None:
    ingest = IngestInMemory()
    ingest.ghl.has(record(), order())
    await ingest.deliver(PAID, SIGNED)
    await ingest.work()
    once = await ingest.subscription()
    await ingest.deliver(PAID, SIGNED)
    await ingest.deliver({**PAID, "webhookId": "w2", "type": "OrderStatusUpdate"}, SIGNED)
    await ingest.deliver(call("active"))
    await ingest.work_for(5)
    assert await ingest.subscription() == once
    assert [type(event) for event in once] == [EntitlementGranted]


async def test_while_ghl_is_down_deliveries_wait_and_then_catch_up() -> None:
    ingest = IngestInMemory()
    ingest.ghl.outage()
    streams = [await ingest.deliver(call("active")) for _ in range(3)]
    await ingest.work_for(600)
    assert ingest.ghl.tries < 300, "not every second by each"
    for stream in streams:
        assert len(await ingest.events(stream)) == 1, "neither ended nor quarantined"
    ingest.ghl.down = None
    ingest.ghl.has(record(), order())
    await ingest.work_for(11)
    for stream in streams:
        assert isinstance((await ingest.events(stream))[-1], DeliveryApplied)
    assert len(await ingest.subscription()) == 1


async def test_a_record_that_lags_behind_its_webhook_is_read_again() -> None:
    ingest = IngestInMemory()
    ingest.ghl.has(record(), order())
    await ingest.deliver(call("active"))
    await ingest.work()
    stream = await ingest.deliver(call("canceled"))
    await ingest.work_for(20)
    assert len(await ingest.events(stream)) == 1
    ingest.ghl.has(record(status="canceled"), order())
    await ingest.work_for(30)
    assert isinstance((await ingest.subscription())[-1], EntitlementEnded)
    assert isinstance((await ingest.events(stream))[-1], DeliveryApplied)


async def test_the_reads_end_although_the_record_never_shows_the_claim() -> None:
    ingest = IngestInMemory()
    ingest.ghl.has(record(), order())
    stream = await ingest.deliver(call("canceled"))
    await ingest.work_for(250)
    assert isinstance((await ingest.events(stream))[-1], DeliveryApplied)
    assert ingest.ghl.gets < 15
    assert [type(event) for event in await ingest.subscription()] == [EntitlementGranted]


async def test_events_carry_the_deliverys_correlation_cause_and_trace() -> None:
    ingest = IngestInMemory()
    ingest.ghl.has(record(), order())
    stream = await ingest.deliver(call("active"))
    await ingest.work()
    received = (await ingest.store.read(stream))[0]
    granted = (await ingest.store.read(f"subscription-{ID}"))[0]
    assert granted.meta.correlation_id == received.meta.correlation_id
    assert granted.meta.causation_id == received.id
    trace = str(received.meta.traceparent).split("-")[1]
    assert trace in str(granted.meta.traceparent)


async def test_a_delivery_with_an_ignore_rule_ends_without_a_call_to_ghl() -> None:
    ingest = IngestInMemory()
    ingest.ghl.outage()
    body = {"type": "ContactCreate", "locationId": LOCATION, "webhookId": "w9"}
    stream = await ingest.deliver(body, SIGNED)
    await ingest.work()
    assert isinstance((await ingest.events(stream))[-1], DeliveryIgnored)


async def test_an_array_body_reads_each_purchase_once() -> None:
    ingest = IngestInMemory()
    ingest.ghl.has(record(), order())
    stream = await ingest.deliver(
        [PAID, {**PAID, "type": "OrderStatusUpdate", "contactId": CONTACT}], SIGNED
    )
    await ingest.work()
    assert stream
    (end,) = [
        event
        for name in ingest.store._streams
        if name.startswith("delivery-")
        for event in await ingest.events(name)
        if isinstance(event, DeliveryApplied)
    ]
    assert end.subscription_ids == (f"{LOCATION}:{SUBSCRIPTION}",)
    assert ingest.ghl.gets == 1
