"""H30: paid for what nobody mapped: an event that becomes an incident, never all green."""

import pytest
from slipway.contracts.subscriptions import EntitlementGranted, NotVpsRecognised, PlanUnmapped
from slipway.ingest.plans import Plans

from tests.support.ghl_records import PLANS, item, order, record
from tests.support.ingest_world import World, call


@pytest.mark.parametrize("status", ["active", "trialing"])
async def test_h30_an_unmapped_price_that_is_paid_for_is_said(status: str) -> None:
    world = World()
    world.ghl.has(record(status=status), order(item("price_mystery", name="Mystery box")))
    await world.deliver(call(status))
    await world.work()
    events = await world.subscription()
    assert isinstance(events[-1], PlanUnmapped)
    assert (events[-1].price_id, events[-1].product_name) == ("price_mystery", "Mystery box")


async def test_h30_a_price_listed_as_no_vps_is_recognised_and_troubles_nobody() -> None:
    world = World()
    world.ghl.has(record(), order(item("price_coaching")))
    await world.deliver(call("active"))
    await world.work()
    assert [type(event) for event in await world.subscription()] == [NotVpsRecognised]


async def test_h30_once_it_is_mapped_the_next_look_serves_the_customer() -> None:
    world = World()
    world.ghl.has(record(), order(item("price_mystery")))
    await world.deliver(call("active"))
    await world.work()
    mapped = Plans({"price_mystery": PLANS.by_price["price_small"]})
    reborn = World(mapped, before=world)
    await reborn.read()
    assert isinstance((await world.subscription())[-1], EntitlementGranted)
