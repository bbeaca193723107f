"""H1: received is stored before the commit, the effect before the end; due work finishes."""

import pytest
from slipway.contracts.deliveries import Channel, DeliveryApplied, DeliveryReceived
from slipway.contracts.subscriptions import EntitlementGranted
from slipway.eventstore.store import StoreUnavailable

from tests.support.builders.ghl_records import LOCATION, ORDER, order, record
from tests.support.dsl.ingest_in_memory import World, call
from tests.support.fakes.recording_store import Killed


async def test_h01_killed_after_the_effect_the_end_is_written_later_and_the_effect_once() -> None:
    world = World()
    world.ghl.has(record(), order())
    stream = await world.deliver(call("active"))
    world.store.dies_after = "subscription"
    with pytest.raises(Killed):
        await world.work("delivery")
    assert [type(event) for event in await world.events(stream)] == [DeliveryReceived]
    world.clock.advance(31)
    await World(before=world).work()
    end = (await world.events(stream))[-1]
    assert isinstance(end, DeliveryApplied)
    assert end.changed, "the change that it made before the kill is its own"
    assert [type(event) for event in await world.subscription()] == [EntitlementGranted]


async def test_h01_the_end_never_stands_before_the_effect() -> None:
    """Were the end written first, a kill in between would lose the purchase."""
    world = World()
    world.ghl.has(record(), order())
    await world.deliver(call("active"))
    before = len(world.store.written)
    await world.work("delivery")
    assert world.store.written[before:] == ("subscription", "delivery")


async def test_h01_a_redelivery_of_one_that_has_no_end_leaves_it_due() -> None:
    world = World()
    world.ghl.has(record(), order())
    world.ghl.outage()
    body = {
        "type": "OrderStatusUpdate",
        "locationId": LOCATION,
        "_id": ORDER,
        "webhookId": "w1",
    }
    stream = await world.deliver(body, Channel.SIGNED)
    await world.work_for(5)
    await world.deliver(body, Channel.SIGNED)
    assert world.counters["duplicates"] == 1
    world.ghl.down = None
    await world.work_for(5)
    assert isinstance((await world.events(stream))[-1], DeliveryApplied)
    assert len(await world.subscription()) == 1


async def test_h01_what_the_store_did_not_take_is_not_acknowledged() -> None:
    """The inbox raises, so the batch isn't committed and comes again."""
    world = World()
    world.store.away = True
    with pytest.raises(StoreUnavailable):
        await world.deliver(call("active"))
