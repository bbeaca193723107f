"""H26: offset paging may skip a row, so a missing row proves nothing."""

from slipway.contracts.deliveries import DeliveryApplied
from slipway.contracts.subscriptions import EntitlementEnded, EntitlementGranted

from tests.support.builders.ghl_records import SUBSCRIPTION, order, record
from tests.support.dsl.ingest import IngestInMemory, call


async def _polled(ingest: IngestInMemory, passes: int = 2) -> int:
    hints = 0
    for _ in range(passes):
        hints += await ingest.poller.poll_once()
        await ingest.work()
        ingest.clock.forward(60)
    return hints


async def test_h26_a_subscription_missing_from_the_list_does_not_change() -> None:
    ingest = IngestInMemory()
    ingest.ghl.has(record(), order())
    await ingest.deliver(call("active"))
    await ingest.work()
    assert await _polled(ingest) == 0, "the row matches its stream"
    ingest.ghl.hidden_rows = {SUBSCRIPTION}
    assert await _polled(ingest, passes=25) == 0
    assert [type(event) for event in await ingest.subscription()] == [EntitlementGranted]


async def test_h26_an_empty_list_ends_nothing() -> None:
    ingest = IngestInMemory()
    ingest.ghl.has(record(), order())
    await ingest.deliver(call("active"))
    await ingest.work()
    assert await _polled(ingest) == 0
    ingest.ghl.subscriptions.clear()
    assert await _polled(ingest, passes=25) == 0
    assert [type(event) for event in await ingest.subscription()] == [EntitlementGranted]


async def test_h26_a_change_without_a_webhook_is_found_and_marked_as_inferred() -> None:
    ingest = IngestInMemory()
    ingest.ghl.has(record(), order())
    assert await _polled(ingest) == 1
    assert [type(event) for event in await ingest.subscription()] == [EntitlementGranted]
    polled = [name for name in ingest.store._streams if name.startswith("delivery-poll:")]
    end = (await ingest.events(polled[0]))[-1]
    assert isinstance(end, DeliveryApplied)
    assert end.changed
    ingest.ghl.has(record(status="canceled", updatedAt="2026-10-06T00:00:00Z"), order())
    assert await _polled(ingest) == 1
    assert isinstance((await ingest.subscription())[-1], EntitlementEnded)


async def test_h26_a_change_whose_webhook_is_in_flight_is_not_reported_as_missed() -> None:
    ingest = IngestInMemory()
    ingest.ghl.has(record(), order())
    assert await ingest.poller.poll_once() == 0
    await ingest.deliver(call("active"))
    await ingest.work()
    assert await _polled(ingest) == 0


async def test_h26_the_same_difference_is_one_delivery_even_after_a_restart() -> None:
    ingest = IngestInMemory()
    ingest.ghl.has(record(), order())
    await ingest.poller.poll_once()
    assert await ingest.poller.poll_once() == 1
    reborn = IngestInMemory(before=ingest)
    await reborn.poller.poll_once()
    assert await reborn.poller.poll_once() == 0
