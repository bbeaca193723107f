"""H6: facts are ordered by the expected version around a read-back, never by comparing clocks."""

from slipway.contracts.subscriptions import EntitlementEnded, EntitlementGranted

from tests.support.builders.ghl_records import order, record
from tests.support.dsl.ingest_in_memory import World, call


async def test_h06_a_reading_that_somebody_overtook_is_thrown_away_and_made_again() -> None:
    """A reads active; B reads canceled and writes; A must not write active over it."""
    world = World()
    world.ghl.has(record(), order())
    await world.deliver(call())

    async def canceled_and_read_by_another() -> None:
        world.ghl.has(record(status="canceled"), order())
        await world.read()

    world.ghl.after_next_get = [canceled_and_read_by_another]
    await world.work()
    assert [type(event) for event in await world.subscription()] == [EntitlementEnded]


async def test_h06_a_workflow_call_stamped_by_our_fast_clock_does_not_make_ghls_fact_stale() -> (
    None
):
    world = World()
    world.clock.advance(7 * 24 * 3600)
    world.ghl.has(record(), order())
    await world.deliver(call("active"))
    await world.work()
    world.clock.advance(-7 * 24 * 3600)
    world.ghl.has(record(status="canceled"), order())
    await world.deliver(call("canceled"))
    await world.work()
    kinds = [type(event) for event in await world.subscription()]
    assert kinds == [EntitlementGranted, EntitlementEnded]


async def test_h06_ghls_clock_going_backwards_changes_nothing_either() -> None:
    world = World()
    world.ghl.has(record(updatedAt="2030-01-01T00:00:00Z"), order())
    await world.deliver(call("active"))
    await world.work()
    world.ghl.has(record(status="canceled", updatedAt="2020-01-01T00:00:00Z"), order())
    await world.deliver(call("canceled"))
    await world.work()
    assert isinstance((await world.subscription())[-1], EntitlementEnded)


async def test_h06_late_and_out_of_order_calls_end_in_what_the_record_says_now() -> None:
    world = World()
    world.ghl.has(record(status="canceled"), order())
    for status in ("canceled", "active", "past_due", "active"):
        await world.deliver(call(status))
    await world.work_for(130, every=5)
    assert [type(event) for event in await world.subscription()] == [EntitlementEnded]
