"""H33: GHL's record, read for this request, confirms one kind of operation or none."""

import pytest
from slipway.contracts import vps
from slipway.contracts.subscriptions import CheckAnswer, EntitlementChecked
from slipway.contracts.vps import OperationKind

from tests.support.builders.ghl_records import LOCATION, order, record
from tests.support.dsl.ingest import ID, IngestInMemory, call

CREATE, DELETE = OperationKind.CREATE, OperationKind.DELETE
SUSPEND, RESUME = OperationKind.SUSPEND, OperationKind.RESUME
YES, NO, UNKNOWN = CheckAnswer
VPS = f"{ID}-1"


async def _known(status: str = "active") -> IngestInMemory:
    ingest = IngestInMemory()
    ingest.ghl.has(record(status=status), order())
    await ingest.deliver(call(status))
    await ingest.work()
    return ingest


async def _asked(ingest: IngestInMemory, kind: OperationKind) -> None:
    event = vps.ReleaseRequested(
        vps_id=VPS,
        subscription_id=ID,
        location_id=LOCATION,
        kind=kind,
        nonce="n1",
        requested_at=ingest.clock(),
    )
    await ingest.vps.on_vps(await ingest.record(event, f"vps-{VPS}", 9))


async def _answer(ingest: IngestInMemory) -> EntitlementChecked:
    [checked] = [e for e in await ingest.subscription() if isinstance(e, EntitlementChecked)]
    return checked


@pytest.mark.parametrize(
    ("status", "suspend", "delete", "create"),
    [
        ("active", NO, NO, YES),
        ("trialing", NO, NO, YES),
        ("past_due", YES, NO, NO),
        ("unpaid", YES, NO, NO),
        ("paused", YES, NO, NO),
        ("canceled", YES, YES, NO),
        ("expired", YES, YES, NO),
        ("incomplete", UNKNOWN, UNKNOWN, UNKNOWN),
        ("refunded", UNKNOWN, UNKNOWN, UNKNOWN),
        ("quantum", UNKNOWN, UNKNOWN, UNKNOWN),
        (None, UNKNOWN, UNKNOWN, UNKNOWN),
    ],
)
async def test_h33_each_status_confirms_only_the_operations_that_it_requires(
    status: str | None, suspend: CheckAnswer, delete: CheckAnswer, create: CheckAnswer
) -> None:
    for kind, expected in {SUSPEND: suspend, DELETE: delete, CREATE: create}.items():
        ingest = await _known()
        ingest.ghl.has(record(status=status), order())
        await _asked(ingest, kind)
        await ingest.work()
        answered = await _answer(ingest)
        assert (answered.kind, answered.answer) == (kind, expected)


async def test_h33_our_stream_says_past_due_but_ghl_says_active() -> None:
    ingest = await _known("past_due")
    ingest.ghl.has(record(status="active"), order())
    await _asked(ingest, SUSPEND)
    await ingest.work()
    answered = await _answer(ingest)
    assert answered.answer is NO
    assert answered.entitlement.verdict == "running", "the answer carries what was read"


@pytest.mark.parametrize("kind", [SUSPEND, CREATE])
async def test_h33_an_unreachable_ghl_confirms_nothing(kind: OperationKind) -> None:
    ingest = await _known("past_due")
    ingest.ghl.outage()
    await _asked(ingest, kind)
    await ingest.work_for(70)
    assert (await _answer(ingest)).answer is UNKNOWN


@pytest.mark.parametrize("kind", list(OperationKind))
async def test_h33_a_missing_record_confirms_nothing(kind: OperationKind) -> None:
    ingest = await _known("past_due")
    ingest.ghl.subscriptions.clear()
    await _asked(ingest, kind)
    await ingest.work()
    assert (await _answer(ingest)).answer is UNKNOWN
