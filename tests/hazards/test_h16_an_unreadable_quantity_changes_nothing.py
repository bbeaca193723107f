"""H16: an empty or missing quantity is unknown, never 0, so no server changes."""

import pytest
from slipway.contracts.subscriptions import SubscriptionNotUnderstood, Verdict
from slipway.ingest.subscriptions.decider import SUBSCRIPTION as DECIDER
from slipway.ingest.subscriptions.decider import RecordAssessment

from tests.support.builders.ghl_records import assessed, item, order, record
from tests.support.dsl.deciding import given

UNKNOWN = [0, -1, "", "  ", None, "many", 1.5, "0", [], {}, True, float("nan"), 1_000_000, "1e9"]


@pytest.mark.parametrize("quantity", UNKNOWN, ids=repr)
def test_h16_an_unreadable_quantity_keeps_the_three_running_servers(quantity: object) -> None:
    three = assessed(None, order(item(qty=3)))
    odd = assessed(None, order(item(qty=quantity)), previous=three.entitlement)
    decided = given(DECIDER).after([RecordAssessment(three)]).when(RecordAssessment(odd))
    decided.then_types(SubscriptionNotUnderstood)
    entitlement = decided.state.entitlement
    assert (entitlement.verdict, entitlement.quantity) == (Verdict.UNCHANGED, 3)


def test_h16_an_order_without_the_field_is_unknown_too() -> None:
    bare = item()
    del bare["qty"]
    found = assessed(None, order(bare)).entitlement
    assert (found.verdict, found.quantity) == (Verdict.UNCHANGED, None)


@pytest.mark.parametrize("quantity", [3, "3", 3.0, " 3 ", "3.0"], ids=repr)
def test_h16_a_whole_number_is_understood_in_any_notation(quantity: object) -> None:
    assert assessed(None, order(item(qty=quantity))).entitlement.quantity == 3


def test_h16_two_subscriptions_of_one_order_each_get_their_own_line() -> None:
    shared = order(item("price_small", 2), item("price_medium", 5))
    by_price = record(subscriptionSnapshot={"items": {"data": [{"price": {"id": "price_medium"}}]}})
    by_name = record(recurringProduct={"name": "price_small"})
    assert assessed(by_price, shared).entitlement.plan == "medium"
    assert assessed(by_name, shared).entitlement.quantity == 2


def test_h16_an_ambiguous_order_line_is_unknown() -> None:
    shared = order(item("price_small", 2), item("price_medium", 5))
    found = assessed(record(recurringProduct={}), shared).entitlement
    assert (found.verdict, found.quantity, found.plan) == (Verdict.UNCHANGED, None, None)
