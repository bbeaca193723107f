"""H6: facts are ordered by the expected version around a read-back, never by comparing clocks."""

from slipway.contracts.subscriptions import EntitlementEnded, EntitlementGranted

from tests.support.builders.ghl_records import order, record
from tests.support.dsl.ingest import IngestInMemory, call


async def test_h06_a_reading_that_somebody_overtook_is_thrown_away_and_made_again() -> None:
    """A reads active; B reads canceled and writes; A must not write active over it."""
    ingest = IngestInMemory()
    ingest.ghl.has(record(), order())
    await ingest.deliver(call())

    async def canceled_and_read_by_another() -> None:
        ingest.ghl.has(record(status="canceled"), order())
        await ingest.read()

    ingest.ghl.after_next_get = [canceled_and_read_by_another]
    await ingest.work()
    assert [type(event) for event in await ingest.subscription()] == [EntitlementEnded]


async def test_h06_a_workflow_call_stamped_by_our_fast_clock_does_not_make_ghls_fact_stale() -> (
    None
):
    ingest = IngestInMemory()
    ingest.clock.forward(7 * 24 * 3600)
    ingest.ghl.has(record(), order())
    await ingest.deliver(call("active"))
    await ingest.work()
    ingest.clock.forward(-7 * 24 * 3600)
    ingest.ghl.has(record(status="canceled"), order())
    await ingest.deliver(call("canceled"))
    await ingest.work()
    kinds = [type(event) for event in await ingest.subscription()]
    assert kinds == [EntitlementGranted, EntitlementEnded]


async def test_h06_ghls_clock_going_backwards_changes_nothing_either() -> None:
    ingest = IngestInMemory()
    ingest.ghl.has(record(updatedAt="2030-01-01T00:00:00Z"), order())
    await ingest.deliver(call("active"))
    await ingest.work()
    ingest.ghl.has(record(status="canceled", updatedAt="2020-01-01T00:00:00Z"), order())
    await ingest.deliver(call("canceled"))
    await ingest.work()
    assert isinstance((await ingest.subscription())[-1], EntitlementEnded)


async def test_h06_late_and_out_of_order_calls_end_in_what_the_record_says_now() -> None:
    ingest = IngestInMemory()
    ingest.ghl.has(record(status="canceled"), order())
    for status in ("canceled", "active", "past_due", "active"):
        await ingest.deliver(call(status))
    await ingest.work_for(130, every=5)
    assert [type(event) for event in await ingest.subscription()] == [EntitlementEnded]
