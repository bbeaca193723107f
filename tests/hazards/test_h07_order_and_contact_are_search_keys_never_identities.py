"""H7: a contact or an order may name several subscriptions; only `_id` opens a stream."""

import httpx
import pytest
from pydantic import SecretStr
from slipway.contracts.deliveries import DeliveryApplied, DeliveryIgnored, DeliveryQuarantined
from slipway.contracts.subscriptions import EntitlementEnded, EntitlementGranted
from slipway.ingest.ghl.caller import ApiCaller
from slipway.ingest.ghl.client import GhlClient
from slipway.ingest.ghl.port import Refused

from tests.support.builders.ghl_records import (
    CONTACT,
    LOCATION,
    ORDER,
    SUBSCRIPTION,
    item,
    order,
    record,
)
from tests.support.dsl.ingest import IngestInMemory, call

OTHER = "68d0000000000000000000b9"
OTHER_ORDER = "68d0000000000000000000a9"


async def test_h07_a_cancellation_that_names_only_the_contact_ends_only_the_ended_record() -> None:
    ingest = IngestInMemory()
    ingest.ghl.has(record(), order())
    ingest.ghl.has(
        record(_id=OTHER, entityId=OTHER_ORDER), order(item("price_medium"), _id=OTHER_ORDER)
    )
    await ingest.deliver(call("active", subscription_id=None, contact_id=CONTACT))
    await ingest.work()
    ingest.ghl.has(record(status="canceled"), order())
    stream = await ingest.deliver(call("canceled", subscription_id=None, contact_id=CONTACT))
    await ingest.work()
    assert isinstance((await ingest.subscription())[-1], EntitlementEnded)
    assert [type(event) for event in await ingest.subscription(OTHER)] == [EntitlementGranted]
    end = (await ingest.events(stream))[-1]
    assert isinstance(end, DeliveryApplied)
    assert set(end.subscription_ids) == {f"{LOCATION}:{SUBSCRIPTION}", f"{LOCATION}:{OTHER}"}


async def test_h07_a_subscription_that_ended_earlier_does_not_confirm_the_claim() -> None:
    ingest = IngestInMemory()
    ingest.ghl.has(
        record(_id=OTHER, status="canceled", entityId=OTHER_ORDER), order(_id=OTHER_ORDER)
    )
    ingest.ghl.has(record(), order())
    await ingest.deliver(call(subscription_id=None, contact_id=CONTACT))
    await ingest.work()
    await ingest.deliver(call("canceled", subscription_id=None, contact_id=CONTACT))
    await ingest.work_for(10)
    ingest.ghl.has(record(status="canceled"), order())
    await ingest.work_for(30)
    assert isinstance((await ingest.subscription())[-1], EntitlementEnded)


async def test_h07_order_id_and_subscription_id_of_one_purchase_open_one_stream() -> None:
    ingest = IngestInMemory()
    ingest.ghl.has(record(), order())
    await ingest.deliver(call(subscription_id=None, order_id=ORDER))
    await ingest.deliver(call(subscription_id=SUBSCRIPTION))
    await ingest.deliver(call(subscription_id=ORDER, order_id=ORDER))
    await ingest.work_for(5)
    streams = {name for name in ingest.store._streams if name.startswith("subscription-")}
    assert streams == {f"subscription-{LOCATION}:{SUBSCRIPTION}"}


async def test_h07_an_id_that_the_api_never_returned_opens_no_stream() -> None:
    ingest = IngestInMemory()
    invented = await ingest.deliver(call("active", subscription_id="invented"))
    unknown_contact = await ingest.deliver(call(subscription_id=None, contact_id="unknown"))
    await ingest.work_for(250, every=5)
    assert not [name for name in ingest.store._streams if name.startswith("subscription-")]
    assert isinstance((await ingest.events(invented))[-1], DeliveryQuarantined)
    assert isinstance((await ingest.events(unknown_contact))[-1], DeliveryIgnored)


@pytest.mark.parametrize("other", [{"_id": OTHER}, {"altId": "another location"}], ids=str)
async def test_h07_another_record_than_the_requested_one_is_refused(
    other: dict[str, str],
) -> None:
    """Its fields would be appended to the stream of the requested id."""
    transport = httpx.MockTransport(lambda _: httpx.Response(200, json=record(**other)))
    async with httpx.AsyncClient(transport=transport, base_url="https://ghl") as client:
        tokens = {LOCATION: SecretStr("pit-1")}
        api = GhlClient(ApiCaller(client, tokens, requests_per_10_seconds=20, clock=lambda: 0.0))
        with pytest.raises(Refused):
            await api.subscription(LOCATION, SUBSCRIPTION)
