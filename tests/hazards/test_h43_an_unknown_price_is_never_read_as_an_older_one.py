"""H43: a change to an unmapped price stays unknown, whatever the older order says."""

from typing import Any

import pytest
from slipway.contracts.subscriptions import (
    Entitlement,
    EntitlementGranted,
    PlanUnmapped,
    SubscriptionNotUnderstood,
    Verdict,
)
from slipway.ingest.subscriptions.events import event_of

from tests.support.builders.ghl_records import assessed, item, order, record
from tests.support.dsl.ingest import IngestInMemory, call

STRIPE = "price_1NxStripe"


def snapshot(price: str, **line: Any) -> dict[str, Any]:
    return {"items": {"data": [{"price": {"id": price}, **line}]}}


@pytest.mark.parametrize(
    "change",
    [
        {"subscriptionSnapshot": snapshot("price_mystery")},
        {"subscriptionSnapshot": snapshot("price_mystery", quantity=2)},
        {"subscriptionSnapshot": {"plan": {"id": "price_mystery"}}},
        {"subscriptionSnapshot": {"items": [{"price": "price_mystery"}]}},
        {"recurringProduct": {"name": "VPS", "price": {"_id": "price_mystery"}}},
        {"recurringProduct": {"name": "VPS", "priceId": "price_mystery"}},
    ],
    ids=str,
)
async def test_h43_a_change_to_an_unmapped_price_is_unmapped_and_nothing_is_taken_away(
    change: dict[str, Any],
) -> None:
    ingest = IngestInMemory()
    ingest.ghl.has(record(), order())
    await ingest.deliver(call("active"))
    await ingest.work()
    ingest.ghl.has(record(updatedAt="2026-10-06T00:00:00Z", **change), order())
    await ingest.deliver(call("active"))
    await ingest.work()
    granted, unmapped = await ingest.subscription()
    assert isinstance(granted, EntitlementGranted)
    assert isinstance(unmapped, PlanUnmapped)
    assert unmapped.price_id == "price_mystery"
    assert unmapped.entitlement.verdict is Verdict.UNCHANGED
    assert unmapped.entitlement.plan == "small"


def entitlement(changed: dict[str, Any], *lines: dict[str, Any]) -> Entitlement:
    return assessed(record(**changed), order(*lines)).entitlement


def bridged(quantity: int = 1) -> dict[str, Any]:
    """An order's item that names the payment provider's own id of its price."""
    line = item("price_small", quantity)
    line["price"]["stripe"] = {"stripePriceId": STRIPE}
    return line


def test_h43_the_providers_own_price_id_leads_to_the_line_of_the_order_that_names_it() -> None:
    found = entitlement({"subscriptionSnapshot": snapshot(STRIPE)}, bridged(2))
    assert (found.verdict, found.plan, found.quantity) == (Verdict.RUNNING, "small", 2)


def test_h43_of_two_lines_the_provider_names_the_one_that_counts_and_its_quantity() -> None:
    changed = {"subscriptionSnapshot": snapshot(STRIPE, quantity=3)}
    found = entitlement(changed, item("price_medium", 5), bridged())
    assert (found.plan, found.quantity) == ("small", 3)


def test_h43_a_providers_price_that_no_line_of_the_order_names_is_unmapped() -> None:
    found = assessed(record(subscriptionSnapshot=snapshot("price_1Other")), order(bridged()))
    event = event_of(found)
    assert isinstance(event, PlanUnmapped)
    assert event.price_id == "price_1Other"


def test_h43_a_price_of_a_record_without_an_order_is_unmapped_and_not_unclear() -> None:
    bare = record(entityId=None, subscriptionSnapshot=snapshot("price_mystery"))
    assert isinstance(event_of(assessed(bare)), PlanUnmapped)


def test_h43_a_mapped_price_that_the_order_does_not_name_has_no_known_quantity() -> None:
    changed = record(recurringProduct={"price": {"_id": "price_medium"}})
    event = event_of(assessed(changed, order(item("price_small", 4))))
    assert isinstance(event, SubscriptionNotUnderstood)
    assert event.field == "quantity"


def test_h43_a_change_to_a_mapped_price_is_still_found() -> None:
    found = entitlement({"subscriptionSnapshot": snapshot("price_medium")}, item())
    assert (found.verdict, found.plan) == (Verdict.RUNNING, "medium")
