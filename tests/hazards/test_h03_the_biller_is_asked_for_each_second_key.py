"""H3: the second key is GHL's record read back for this nonce, never our own belief."""

from slipway.contracts import vps
from slipway.contracts.subscriptions import CheckAnswer, EntitlementChecked, EntitlementEnded

from tests.support.builders.ghl_records import LOCATION, order, record
from tests.support.dsl.ingest_in_memory import ID, World, call

VPS = f"{ID}-1"


async def _asked(world: World, nonce: str, version: int = 9) -> None:
    event = vps.ReleaseRequested(
        vps_id=VPS,
        subscription_id=ID,
        location_id=LOCATION,
        nonce=nonce,
        requested_at=world.clock(),
    )
    await world.vps.on_vps(await world.record(event, f"vps-{VPS}", version))


async def _answers(world: World) -> dict[str, CheckAnswer]:
    events = await world.subscription()
    return {e.nonce: e.answer for e in events if isinstance(e, EntitlementChecked)}


async def _believed_canceled() -> World:
    world = World()
    world.ghl.has(record(status="canceled"), order())
    await world.deliver(call("canceled"))
    await world.work()
    assert isinstance((await world.subscription())[-1], EntitlementEnded)
    return world


async def test_h03_we_believe_canceled_but_the_biller_says_active() -> None:
    world = await _believed_canceled()
    world.ghl.has(record(status="active"), order())
    await _asked(world, "n1")
    await world.work()
    assert await _answers(world) == {"n1": CheckAnswer.PAYING}


async def test_h03_each_nonce_costs_a_reading_of_its_own() -> None:
    world = await _believed_canceled()
    before = world.ghl.gets
    for count, nonce in enumerate(("n1", "n2"), 1):
        await _asked(world, nonce)
        await world.work()
        assert world.ghl.gets == before + count
    await _asked(world, "n2")
    await world.work()
    assert await _answers(world) == {"n1": CheckAnswer.GONE, "n2": CheckAnswer.GONE}
    assert world.ghl.gets == before + 2, "a redelivered request is answered already"


async def test_h03_a_biller_that_cannot_be_asked_is_unknown_after_a_while_and_never_gone() -> None:
    world = await _believed_canceled()
    world.ghl.outage()
    await _asked(world, "n1")
    await world.work_for(30)
    assert await _answers(world) == {}
    await world.work_for(40)
    assert await _answers(world) == {"n1": CheckAnswer.UNKNOWN}


async def test_h03_a_record_that_is_not_there_is_unknown() -> None:
    world = await _believed_canceled()
    world.ghl.subscriptions.clear()
    await _asked(world, "n1")
    await world.work()
    assert await _answers(world) == {"n1": CheckAnswer.UNKNOWN}


async def test_h03_the_answer_belongs_to_the_trace_of_the_question() -> None:
    world = await _believed_canceled()
    await _asked(world, "n1")
    await world.work()
    recorded = (await world.store.read(f"subscription-{ID}"))[-1]
    assert recorded.meta.traceparent is not None
    assert f"{99:032x}" in recorded.meta.traceparent
    assert recorded.meta.correlation_id == "outside"
