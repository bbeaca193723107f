"""H12 in ingest: while GHL's API is down, due work waits and nothing is quarantined."""

from slipway.contracts.deliveries import DeliveryApplied, DeliveryReceived
from slipway.contracts.subscriptions import EntitlementGranted

from tests.support.builders.ghl_records import order, record
from tests.support.dsl.ingest import IngestInMemory, call


async def test_h12_an_hour_without_ghl_ends_no_delivery_and_all_are_applied_afterwards() -> None:
    ingest = IngestInMemory()
    ingest.ghl.outage()
    streams = [await ingest.deliver(call("active")) for _ in range(3)]
    await ingest.work_for(3600, every=60)
    for stream in streams:
        assert [type(event) for event in await ingest.events(stream)] == [DeliveryReceived]
    ingest.ghl.down = None
    ingest.ghl.has(record(), order())
    await ingest.work_for(60)
    for stream in streams:
        assert isinstance((await ingest.events(stream))[-1], DeliveryApplied)
    assert [type(event) for event in await ingest.subscription()] == [EntitlementGranted]
