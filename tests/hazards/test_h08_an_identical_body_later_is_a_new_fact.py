"""H8: after overdue and paid, a second overdue body equals the first but is no duplicate."""

from slipway.contracts.deliveries import DeliveryApplied, DeliveryChannel
from slipway.contracts.subscriptions import EntitlementGranted, EntitlementSuspended

from tests.support.builders.ghl_records import LOCATION, ORDER, order, record
from tests.support.dsl.ingest import IngestInMemory, call


async def test_h08_the_third_of_three_bodies_counts_although_it_equals_the_first() -> None:
    ingest = IngestInMemory()
    for status in ("past_due", "active", "past_due"):
        ingest.ghl.has(record(status=status), order())
        stream = await ingest.deliver(call(status))
        await ingest.work()
        assert isinstance((await ingest.events(stream))[-1], DeliveryApplied)
    kinds = [type(event) for event in await ingest.subscription()]
    assert kinds == [EntitlementSuspended, EntitlementGranted, EntitlementSuspended]
    assert ingest.counters["duplicates"] == 0


async def test_h08_a_redelivered_signed_body_is_recognised_by_its_webhook_id() -> None:
    ingest = IngestInMemory()
    ingest.ghl.has(record(), order())
    body = {"type": "OrderCreate", "locationId": LOCATION, "_id": ORDER, "webhookId": "w1"}
    streams = {await ingest.deliver(body, DeliveryChannel.SIGNED) for _ in range(3)}
    other = await ingest.deliver({**body, "webhookId": "w2"}, DeliveryChannel.SIGNED)
    assert len(streams) == 1
    assert other not in streams
    assert ingest.counters["duplicates"] == 2
