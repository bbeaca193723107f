"""The poller reads a list of many pages whole, and compares strings and numbers alike."""

import json
import math

import pytest
from slipway.ingest import difference, facts

from tests.support.ghl_records import ORDER, order, record
from tests.support.ingest_world import World


async def test_every_page_is_read_and_each_subscription_found() -> None:
    world = World()
    for number in range(250):
        world.ghl.has(record(_id=f"s{number:03}"), order())
    assert await world.poller.pass_once() == 0
    assert await world.poller.pass_once() == 250
    await world.work()
    opened = [name for name in world.store._streams if name.startswith("subscription-")]
    assert len(opened) == 250
    assert await world.poller.pass_once() == 0
    assert await world.poller.pass_once() == 0


def test_only_what_matters_is_a_difference() -> None:
    known = facts.read(record(), "price_small")
    assert not difference.differs(record(), known)
    assert not difference.differs(record(amount="24.00", status=" Active", liveMode="true"), known)
    assert difference.differs(record(), None)
    for change in (
        {"status": "past_due"},
        {"amount": 48},
        {"liveMode": "false"},
        {"updatedAt": "2026-10-06T00:00:00Z"},
        {"subscriptionSnapshot": {"items": {"data": [{"price": {"id": "price_medium"}}]}}},
    ):
        assert difference.differs(record(**change), known), change


@pytest.mark.parametrize(
    "amount", ["1e999999", "-1E9999999999", 1e308, math.nan, "9" * 5000, "", None, [], "0x10"]
)
def test_an_amount_that_is_none_troubles_nobody(amount: object) -> None:
    assert facts.read(record(amount=amount)).amount is None
    assert difference.fingerprint(record(amount=amount))


def test_a_fingerprint_survives_another_spelling_and_no_other_change() -> None:
    same = difference.fingerprint(record(amount="24.0"))
    assert same == difference.fingerprint(json.loads(json.dumps(record())))
    assert same != difference.fingerprint(record(entityId=f"{ORDER}x"))
