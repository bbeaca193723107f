"""H35: a refused or unclear record is read again within minutes, whatever led to its reading."""

from typing import Any

import pytest
from slipway.contracts.deliveries import (
    DeliveryApplied,
    DeliveryDelayed,
    DeliveryQuarantined,
    DeliveryReceived,
)
from slipway.contracts.envelope import Meta, Recorded
from slipway.contracts.incidents import IncidentCause
from slipway.contracts.subscriptions import (
    EntitlementEnded,
    EntitlementGranted,
    SubscriptionNotUnderstood,
)
from slipway.ingest.ghl.port import ApiProblem
from slipway.notifier.incidents.rules.result import Recovery, Symptom
from slipway.notifier.incidents.rules.table import apply_rules

from tests.support.builders.ghl_records import (
    CONTACT,
    LOCATION,
    ORDER,
    SUBSCRIPTION,
    item,
    order,
    record,
)
from tests.support.dsl.ingest import ID, IngestInMemory, call

REFUSED = "GHL refuses /payments/subscriptions: 422"


def recorded(event: Any, ingest: IngestInMemory) -> Recorded:
    meta = Meta(correlation_id="c")
    return Recorded(stream="s-1", version=1, time=ingest.clock(), event=event, meta=meta)


async def test_h35_a_minute_of_refusals_costs_no_purchase_and_no_cancellation() -> None:
    ingest = IngestInMemory()
    ingest.ghl.has(record(), order())
    ingest.ghl.refusing = REFUSED
    bought = await ingest.deliver(call("active"))
    await ingest.work_for(60)
    assert [type(event) for event in await ingest.events(bought)] == [DeliveryReceived]
    ingest.ghl.refusing = None
    await ingest.work_for(45)
    assert isinstance((await ingest.events(bought))[-1], DeliveryApplied)

    ingest.ghl.has(record(status="canceled"), order())
    ingest.ghl.refusing = "GHL answered with another record than it was asked for"
    ended = await ingest.deliver(call("canceled"))
    await ingest.work_for(60)
    ingest.ghl.refusing = None
    await ingest.work_for(45)
    assert isinstance((await ingest.events(ended))[-1], DeliveryApplied)
    granted, cancelled = await ingest.subscription()
    assert isinstance(granted, EntitlementGranted)
    assert isinstance(cancelled, EntitlementEnded)


async def test_h35_a_refused_hint_of_the_poll_is_read_again_as_well() -> None:
    ingest = IngestInMemory()
    ingest.ghl.has(record(), order())
    ingest.ghl.refusing = REFUSED
    await ingest.poller.poll_once()
    assert await ingest.poller.poll_once() == 1
    for _ in range(15):
        await ingest.work_for(60)
        assert await ingest.poller.poll_once() == 0, "the delivery is still being read"
    ingest.ghl.refusing = None
    await ingest.work_for(600)
    assert isinstance((await ingest.subscription())[-1], EntitlementGranted)


async def test_h35_after_some_minutes_a_message_names_the_customer_once() -> None:
    ingest = IngestInMemory()
    ingest.ghl.refusing = REFUSED
    stream = await ingest.deliver(call("active", contact_id=CONTACT))
    await ingest.work_for(3600, every=10)
    received, delayed = await ingest.events(stream)
    assert isinstance(received, DeliveryReceived)
    assert isinstance(delayed, DeliveryDelayed)
    assert 180 <= (delayed.next_read_at - delayed.since).total_seconds() < 600
    [symptom] = apply_rules(recorded(delayed, ingest))
    assert isinstance(symptom, Symptom)
    assert (symptom.cause, symptom.subject) == (IncidentCause.RECORD_REFUSED, LOCATION)
    assert (symptom.subscription_id, symptom.contact_id) == (ID, CONTACT)

    ingest.ghl.refusing = None
    ingest.ghl.has(record(), order())
    await ingest.work_for(600, every=10)
    applied = (await ingest.events(stream))[-1]
    assert isinstance(applied, DeliveryApplied)
    ends = [one for one in apply_rules(recorded(applied, ingest)) if isinstance(one, Recovery)]
    assert IncidentCause.RECORD_REFUSED in {one.cause for one in ends}


async def test_h35_the_reads_of_a_refused_record_back_off_and_end_after_a_day() -> None:
    ingest = IngestInMemory()
    ingest.ghl.refusing = REFUSED
    stream = await ingest.deliver(call("active"))
    await ingest.work_for(86_000, every=20)
    assert not isinstance((await ingest.events(stream))[-1], DeliveryQuarantined)
    assert ingest.ghl.tries < 200
    await ingest.work_for(1200, every=20)
    assert isinstance((await ingest.events(stream))[-1], DeliveryQuarantined)


async def test_h35_an_order_that_is_404_for_ten_seconds_is_read_again_without_an_alarm() -> None:
    ingest = IngestInMemory()
    ingest.ghl.has(record(), order())
    ingest.ghl.hidden_orders = {ORDER}
    stream = await ingest.deliver(call("active"))
    await ingest.work_for(10)
    assert await ingest.subscription() == []
    ingest.ghl.hidden_orders = set()
    await ingest.work_for(20)
    assert [type(event) for event in await ingest.subscription()] == [EntitlementGranted]
    assert isinstance((await ingest.events(stream))[-1], DeliveryApplied)


async def test_h35_an_order_that_stays_away_is_reported_and_read_on() -> None:
    ingest = IngestInMemory()
    ingest.ghl.has(record(), order())
    ingest.ghl.hidden_orders = {ORDER}
    await ingest.deliver(call("active"))
    await ingest.work_for(400)
    [unclear] = await ingest.subscription()
    assert isinstance(unclear, SubscriptionNotUnderstood)
    assert unclear.field == "order"
    ingest.ghl.hidden_orders = set()
    await ingest.work_for(400)
    assert isinstance((await ingest.subscription())[-1], EntitlementGranted)


async def test_h35_an_unclear_order_that_is_corrected_is_found_without_any_webhook() -> None:
    ingest = IngestInMemory()
    ingest.ghl.has(record(), order(item(qty="many")))
    await ingest.deliver(call("active"))
    await ingest.work_for(1800, every=5)
    reads = ingest.ghl.gets
    assert reads < 15, "with back-off"
    ingest.ghl.has(record(), order(item(qty=2)))
    await ingest.work_for(600, every=5)
    granted = (await ingest.subscription())[-1]
    assert isinstance(granted, EntitlementGranted)
    assert granted.entitlement.quantity == 2


@pytest.mark.parametrize("problem", ["away", "refusing"])
async def test_h35_an_unclear_record_outlasts_an_outage(problem: str) -> None:
    ingest = IngestInMemory()
    ingest.ghl.has(record(), order(item(qty="many")))
    await ingest.deliver(call("active"))
    await ingest.work()
    if problem == "away":
        ingest.ghl.outage(ApiProblem.TOKEN_REFUSED)
    else:
        ingest.ghl.refusing = REFUSED
    await ingest.work_for(3600, every=10)
    ingest.ghl.down, ingest.ghl.refusing = None, None
    ingest.ghl.has(record(), order())
    await ingest.work_for(700, every=10)
    assert isinstance((await ingest.subscription())[-1], EntitlementGranted)


async def test_h35_a_difference_that_lasts_is_read_again_before_the_next_hour() -> None:
    ingest = IngestInMemory()
    ingest.ghl.has(record(), order())
    await ingest.deliver(call("active"))
    await ingest.work()
    row = record(status="canceled")

    async def lagging() -> None:
        # The list shows the cancellation, the record by its id does not yet.
        ingest.ghl.subscriptions[SUBSCRIPTION] = row
        await ingest.poller.poll_once()
        ingest.ghl.subscriptions[SUBSCRIPTION] = record()

    for _ in range(10):
        await lagging()
        await ingest.work_for(60)
    ingest.ghl.has(row, order())
    for _ in range(6):
        await ingest.poller.poll_once()
        await ingest.work_for(60)
    assert isinstance((await ingest.subscription())[-1], EntitlementEnded)
