"""H42: GHL's API lags behind its own webhook, and the webhook's claim holds the confirmation."""

from typing import Any

import pytest
from slipway.contracts import vps
from slipway.contracts.subscriptions import CheckAnswer, EntitlementChecked
from slipway.contracts.vps import OperationKind

from tests.support.builders.ghl_records import CONTACT, LOCATION, ORDER, order, record
from tests.support.dsl.ingest import ID, IngestInMemory, call

DELETE, SUSPEND = OperationKind.DELETE, OperationKind.SUSPEND
CONFIRMED, CONTRADICTED, UNKNOWN = CheckAnswer
PATIENCE_SECONDS = 60
LAG_SECONDS = 240
_STATUS = {DELETE: "canceled", SUSPEND: "past_due"}
VPS = f"{ID}-1"


async def _ended(kind: OperationKind = DELETE) -> IngestInMemory:
    """The record and our stream agree that the operation is required."""
    ingest = IngestInMemory()
    ingest.ghl.has(record(status=_STATUS[kind]), order())
    await ingest.deliver(call(_STATUS[kind]))
    await ingest.work()
    return ingest


async def _asked(ingest: IngestInMemory, nonce: str, kind: OperationKind = DELETE) -> None:
    event = vps.ReleaseRequested(
        vps_id=VPS,
        subscription_id=ID,
        location_id=LOCATION,
        kind=kind,
        nonce=nonce,
        requested_at=ingest.clock(),
    )
    await ingest.vps.on_vps(await ingest.record(event, f"vps-{VPS}", 9))


async def _answers(ingest: IngestInMemory) -> list[CheckAnswer]:
    return [e.answer for e in await ingest.subscription() if isinstance(e, EntitlementChecked)]


@pytest.mark.parametrize("kind", [DELETE, SUSPEND])
@pytest.mark.parametrize("lag", [30, 125, 200])
async def test_h42_a_customer_whose_return_the_api_does_not_show_yet_loses_nothing(
    kind: OperationKind, lag: int
) -> None:
    ingest = await _ended(kind)
    await ingest.deliver(call("active"))
    for number in range(lag // 10):
        if number % 3 == 0:
            await _asked(ingest, f"n{number}", kind)
        await ingest.work_for(10)
    assert CONFIRMED not in await _answers(ingest)
    ingest.ghl.has(record(status="active"), order())
    await _asked(ingest, "last", kind)
    await ingest.work_for(70)
    assert CONFIRMED not in await _answers(ingest)
    assert (await _answers(ingest))[-1] is CONTRADICTED


@pytest.mark.parametrize(
    "names",
    [
        {"subscription_id": None, "order_id": ORDER},
        {"subscription_id": None, "contact_id": CONTACT},
    ],
    ids=["its order", "its contact"],
)
async def test_h42_a_hint_that_names_the_order_or_the_contact_holds_it_too(
    names: dict[str, Any],
) -> None:
    ingest = await _ended()
    await ingest.deliver(call("active", **names))
    await _asked(ingest, "n1")
    await ingest.work_for(30)
    assert await _answers(ingest) == []


async def test_h42_a_contradiction_that_lasts_is_answered_with_unknown() -> None:
    ingest = await _ended()
    await ingest.deliver(call("active"))
    await _asked(ingest, "n1")
    await ingest.work_for(PATIENCE_SECONDS + 10)
    assert await _answers(ingest) == [UNKNOWN]


@pytest.mark.parametrize(
    "other",
    [call("canceled"), call("active", subscription_id="another", contact_id=CONTACT)],
    ids=["it claims the end as well", "another subscription of the same contact"],
)
async def test_h42_other_hints_hold_nothing(other: dict[str, Any]) -> None:
    ingest = await _ended()
    await ingest.deliver(other)
    await _asked(ingest, "n1")
    await ingest.work("subscription")
    assert await _answers(ingest) == [CONFIRMED]


async def test_h42_a_false_claim_holds_it_until_its_delivery_ends() -> None:
    ingest = await _ended()
    await ingest.deliver(call("active"))
    await ingest.work_for(LAG_SECONDS + 10)
    await _asked(ingest, "n1")
    await ingest.work()
    assert await _answers(ingest) == [CONFIRMED]


async def test_h42_a_webhook_that_comes_while_ghl_is_read_holds_it() -> None:
    ingest = await _ended()

    async def meanwhile() -> None:
        await ingest.deliver(call("active"))

    await _asked(ingest, "n1")
    ingest.ghl.after_next_get.append(meanwhile)
    await ingest.work("subscription")
    assert await _answers(ingest) == []
