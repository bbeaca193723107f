"""H3: the deletion confirmation is GHL's record, read for this nonce, never our own state."""

from slipway.contracts import vps
from slipway.contracts.subscriptions import CheckAnswer, EntitlementChecked, EntitlementEnded

from tests.support.builders.ghl_records import LOCATION, order, record
from tests.support.dsl.ingest import ID, IngestInMemory, call

VPS = f"{ID}-1"


async def _asked(ingest: IngestInMemory, nonce: str, version: int = 9) -> None:
    event = vps.ReleaseRequested(
        vps_id=VPS,
        subscription_id=ID,
        location_id=LOCATION,
        nonce=nonce,
        requested_at=ingest.clock(),
    )
    await ingest.vps.on_vps(await ingest.record(event, f"vps-{VPS}", version))


async def _answers(ingest: IngestInMemory) -> dict[str, CheckAnswer]:
    events = await ingest.subscription()
    return {e.nonce: e.answer for e in events if isinstance(e, EntitlementChecked)}


async def _believed_canceled() -> IngestInMemory:
    ingest = IngestInMemory()
    ingest.ghl.has(record(status="canceled"), order())
    await ingest.deliver(call("canceled"))
    await ingest.work()
    assert isinstance((await ingest.subscription())[-1], EntitlementEnded)
    return ingest


async def test_h03_our_stream_says_canceled_but_ghl_says_active() -> None:
    ingest = await _believed_canceled()
    ingest.ghl.has(record(status="active"), order())
    await _asked(ingest, "n1")
    await ingest.work()
    assert await _answers(ingest) == {"n1": CheckAnswer.CONTRADICTED}


async def test_h03_each_nonce_is_answered_by_a_read_of_its_own() -> None:
    ingest = await _believed_canceled()
    before = ingest.ghl.gets
    for count, nonce in enumerate(("n1", "n2"), 1):
        await _asked(ingest, nonce)
        await ingest.work()
        assert ingest.ghl.gets == before + count
    await _asked(ingest, "n2")
    await ingest.work()
    assert await _answers(ingest) == {"n1": CheckAnswer.CONFIRMED, "n2": CheckAnswer.CONFIRMED}
    assert ingest.ghl.gets == before + 2, "a redelivered request is answered already"


async def test_h03_an_unreachable_ghl_is_answered_with_unknown_and_never_with_gone() -> None:
    ingest = await _believed_canceled()
    ingest.ghl.outage()
    await _asked(ingest, "n1")
    await ingest.work_for(30)
    assert await _answers(ingest) == {}
    await ingest.work_for(40)
    assert await _answers(ingest) == {"n1": CheckAnswer.UNKNOWN}


async def test_h03_a_missing_record_is_answered_with_unknown() -> None:
    ingest = await _believed_canceled()
    ingest.ghl.subscriptions.clear()
    await _asked(ingest, "n1")
    await ingest.work()
    assert await _answers(ingest) == {"n1": CheckAnswer.UNKNOWN}


async def test_h03_the_answer_belongs_to_the_trace_of_the_request() -> None:
    ingest = await _believed_canceled()
    await _asked(ingest, "n1")
    await ingest.work()
    recorded = (await ingest.store.read(f"subscription-{ID}"))[-1]
    assert recorded.meta.traceparent is not None
    assert f"{99:032x}" in recorded.meta.traceparent
    assert recorded.meta.correlation_id == "test"
