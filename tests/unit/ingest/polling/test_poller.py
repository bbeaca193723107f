"""The poller reads all pages of a list, and compares strings and numbers alike."""

import json
import math

import pytest
from slipway.contracts.deliveries import LocationFellSilent, LocationSilenceEnded, SilenceCause
from slipway.ingest.ghl.record import read_fields
from slipway.ingest.polling import record_diff

from tests.support.builders.ghl_records import LOCATION, ORDER, order, record
from tests.support.dsl.ingest import IngestInMemory


async def test_every_page_is_read_and_each_subscription_is_found() -> None:
    ingest = IngestInMemory()
    for number in range(250):
        ingest.ghl.has(record(_id=f"s{number:03}"), order())
    assert await ingest.poller.poll_once() == 0
    assert await ingest.poller.poll_once() == 250
    await ingest.work()
    opened = [name for name in ingest.store._streams if name.startswith("subscription-")]
    assert len(opened) == 250
    assert await ingest.poller.poll_once() == 0
    assert await ingest.poller.poll_once() == 0


class Unreadable(dict[str, object]):
    """A row that raises on every field except its id."""

    def get(self, name: str, default: object = None) -> object:
        if name != "_id":
            raise RuntimeError("unexpected row")
        return super().get(name, default)


async def test_an_unreadable_row_hides_no_other_row_and_is_reported_as_silence() -> None:
    ingest = IngestInMemory()
    for number in range(3):
        ingest.ghl.has(record(_id=f"s{number}"), order())
    unreadable = Unreadable(ingest.ghl.subscriptions["s1"])
    ingest.ghl.subscriptions["s1"] = unreadable
    for _ in range(3):
        await ingest.poller.poll_once()
        ingest.clock.forward(60)
    await ingest.work()
    assert len(await ingest.subscription("s0")) == len(await ingest.subscription("s2")) == 1
    (silent,) = await ingest.events(f"silence-{LOCATION}")
    assert isinstance(silent, LocationFellSilent)
    assert silent.cause == SilenceCause.LIST_NOT_UNDERSTOOD
    ingest.ghl.subscriptions["s1"] = dict(unreadable)
    await ingest.poller.poll_once()
    assert isinstance((await ingest.events(f"silence-{LOCATION}"))[-1], LocationSilenceEnded)


def test_only_relevant_fields_make_a_difference() -> None:
    known = read_fields(record(), "price_small")
    assert not record_diff.differs(record(), known)
    assert not record_diff.differs(record(amount="24.00", status=" Active", liveMode="true"), known)
    assert record_diff.differs(record(), None)
    for change in (
        {"status": "past_due"},
        {"amount": 48},
        {"liveMode": "false"},
        {"updatedAt": "2026-10-06T00:00:00Z"},
        {"subscriptionSnapshot": {"items": {"data": [{"price": {"id": "price_medium"}}]}}},
    ):
        assert record_diff.differs(record(**change), known), change


@pytest.mark.parametrize(
    "amount", ["1e999999", "-1E9999999999", 1e308, math.nan, "9" * 5000, "", None, [], "0x10"]
)
def test_an_unreadable_amount_is_none(amount: object) -> None:
    assert read_fields(record(amount=amount)).amount is None
    assert record_diff.fingerprint(record(amount=amount))


def test_a_fingerprint_ignores_notation_and_shows_every_change() -> None:
    same = record_diff.fingerprint(record(amount="24.0"))
    assert same == record_diff.fingerprint(json.loads(json.dumps(record())))
    assert same != record_diff.fingerprint(record(entityId=f"{ORDER}x"))
