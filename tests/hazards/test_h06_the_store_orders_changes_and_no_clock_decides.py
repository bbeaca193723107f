"""H6: the expected version of each append orders the changes; no clocks are compared."""

from slipway.contracts.subscriptions import EntitlementEnded, EntitlementGranted

from tests.support.builders.ghl_records import order, record
from tests.support.dsl.ingest import IngestInMemory, call


async def test_h06_a_read_that_was_superseded_is_discarded_and_repeated() -> None:
    """A reads active, B reads canceled and appends: A must not append active after it."""
    ingest = IngestInMemory()
    ingest.ghl.has(record(), order())
    await ingest.deliver(call())

    async def canceled_and_read_by_another() -> None:
        ingest.ghl.has(record(status="canceled"), order())
        await ingest.read()

    ingest.ghl.after_next_get = [canceled_and_read_by_another]
    await ingest.work()
    assert [type(event) for event in await ingest.subscription()] == [EntitlementEnded]


async def test_h06_a_time_stamp_of_our_fast_clock_does_not_outdate_ghls_record() -> None:
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


async def test_h06_a_backward_step_of_ghls_clock_changes_nothing() -> None:
    ingest = IngestInMemory()
    ingest.ghl.has(record(updatedAt="2030-01-01T00:00:00Z"), order())
    await ingest.deliver(call("active"))
    await ingest.work()
    ingest.ghl.has(record(status="canceled", updatedAt="2020-01-01T00:00:00Z"), order())
    await ingest.deliver(call("canceled"))
    await ingest.work()
    assert isinstance((await ingest.subscription())[-1], EntitlementEnded)


async def test_h06_late_and_reordered_calls_end_with_the_record_of_now() -> None:
    ingest = IngestInMemory()
    ingest.ghl.has(record(status="canceled"), order())
    for status in ("canceled", "active", "past_due", "active"):
        await ingest.deliver(call(status))
    await ingest.work_for(130, every=5)
    assert [type(event) for event in await ingest.subscription()] == [EntitlementEnded]
