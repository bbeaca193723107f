"""The webhooks and billing periods of each action of a customer."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from slipway.simulators.ghl.records.billing_periods import BillingPeriod, periods
from slipway.simulators.ghl.records.entities import Status

from tests.support.servers.ghl import WHERE, GhlSimulation, ghl_simulation


@pytest.fixture
async def simulation() -> AsyncIterator[GhlSimulation]:
    simulation = ghl_simulation()
    yield simulation
    await simulation.ghl.close()


def new_calls(simulation: GhlSimulation) -> list[str]:
    """Returns the event of each new call, with the custom data of workflow calls."""
    log = simulation.ghl.deliveries.log
    events = [f"{one.event} {claim}" if (claim := _claim(one.body)) else one.event for one in log]
    log.clear()
    return events


def _claim(body: bytes) -> str:
    return body.partition(b'"customData":{"event":"')[2].partition(b'"')[0].decode()


async def test_a_purchase_sends_order_contact_and_workflow_calls_but_no_subscription_event(
    simulation: GhlSimulation,
) -> None:
    one = simulation.ghl.buy(simulation.customer(), "price_vps_small")
    assert one.status == "active"
    assert new_calls(simulation) == [
        "ContactCreate",
        "OrderCreate",
        "OrderStatusUpdate",
        "Payment Received payment.succeeded",
        "Subscription subscription.active",
    ]


@pytest.mark.parametrize(
    ("action", "status", "calls"),
    [
        ("cancel", "canceled", ["Subscription subscription.canceled"]),
        ("expire", "expired", ["Subscription subscription.expired"]),
        (
            "fail_payment",
            "past_due",
            ["Subscription subscription.overdue", "Payment Received payment.failed"],
        ),
        (
            "pay",
            "active",
            ["Subscription subscription.active", "Payment Received payment.succeeded"],
        ),
        ("unpaid", "unpaid", ["Subscription subscription.unpaid"]),
        ("pause", "paused", ["Subscription subscription.paused"]),
        ("resume", "active", ["Subscription subscription.active"]),
        ("refund", "refunded", ["OrderStatusUpdate", "Refund refund"]),
    ],
)
async def test_an_action_changes_the_status_and_sends_its_webhooks(
    simulation: GhlSimulation, action: str, status: str, calls: list[str]
) -> None:
    one = simulation.ghl.buy(simulation.customer(), "price_vps_small")
    new_calls(simulation)
    simulation.clock.forward(60)
    after = getattr(simulation.ghl, action)(one.id)
    assert (after.status, after.updated_at) == (status, simulation.clock())
    assert new_calls(simulation) == calls


async def test_a_change_of_plan_or_quantity_sends_no_webhook(simulation: GhlSimulation) -> None:
    one = simulation.ghl.buy(simulation.customer(), "price_vps_small")
    new_calls(simulation)
    simulation.ghl.change_plan(one.id, "price_vps_large")
    simulation.ghl.change_quantity(one.id, 3)
    assert new_calls(simulation) == []


async def test_the_first_payment_of_an_incomplete_purchase_completes_its_order(
    simulation: GhlSimulation,
) -> None:
    one = simulation.ghl.buy(simulation.customer(), "price_vps_small", status=Status.INCOMPLETE)
    assert simulation.ghl.records.orders[one.order_id].latest.status == "pending"
    simulation.ghl.pay(one.id)
    assert simulation.ghl.records.orders[one.order_id].latest.status == "completed"


async def test_a_cancellation_keeps_its_time_until_the_customer_comes_back(
    simulation: GhlSimulation,
) -> None:
    one = simulation.ghl.buy(simulation.customer(), "price_vps_small")
    canceled_at = simulation.ghl.cancel(one.id).canceled_at
    simulation.clock.forward(60)
    assert simulation.ghl.set_status(one.id, "canceled").canceled_at == canceled_at
    assert simulation.ghl.resume(one.id).canceled_at is None


async def test_billing_periods_show_every_change_with_its_times(simulation: GhlSimulation) -> None:
    one = simulation.ghl.buy(simulation.customer(), "price_vps_small", 2)
    bought = simulation.clock()
    simulation.clock.forward(60)
    simulation.ghl.change_plan(one.id, "price_vps_large")
    changed = simulation.clock()
    simulation.clock.forward(60)
    simulation.ghl.cancel(one.id)

    def summary(period: BillingPeriod) -> tuple[object, ...]:
        return (period.plan, period.quantity, period.is_paying, period.since, period.until)

    assert [summary(period) for period in periods(simulation.ghl.records)] == [
        ("small", 2, True, bought, changed),
        ("large", 2, True, changed, simulation.clock()),
        ("large", 2, False, simulation.clock(), None),
    ]


DAY = 86_400


async def test_cancelled_at_the_click_the_rest_of_the_period_is_paid_for() -> None:
    simulation = ghl_simulation(period_seconds=30 * DAY)
    one = simulation.ghl.buy(simulation.customer(), "price_vps_small")
    simulation.clock.forward(DAY)
    ended = simulation.ghl.cancel(one.id)
    assert (ended.status, ended.canceled_at) == ("canceled", simulation.clock())
    shown = (await simulation.api().get(f"/payments/subscriptions/{one.id}", params=WHERE)).json()
    end = one.created_at + timedelta(days=30)
    assert shown["subscriptionSnapshot"]["current_period_end"] == int(end.timestamp())
    paying, paid_for, over = periods(simulation.ghl.records)
    assert [each.is_paying for each in (paying, paid_for, over)] == [True, True, False]
    assert [each.has_ended for each in (paying, paid_for, over)] == [False, False, True]
    assert (paid_for.until, over.since) == (end, end)


async def test_cancelled_at_the_periods_end_the_status_changes_only_then() -> None:
    simulation = ghl_simulation(period_seconds=30 * DAY)
    one = simulation.ghl.buy(simulation.customer(), "price_vps_small")
    simulation.clock.forward(DAY)
    asked = simulation.ghl.cancel_at_period_end(one.id)
    assert (asked.status, asked.canceled_at) == ("active", simulation.clock())
    simulation.clock.forward(29 * DAY)
    await asyncio.sleep(0.01)
    ended = simulation.ghl.records.subscription(one.id)
    assert (ended.status, ended.canceled_at) == ("canceled", asked.canceled_at)
    assert simulation.waited == [29 * DAY]
    await simulation.ghl.close()


async def test_who_comes_back_before_the_periods_end_stays() -> None:
    simulation = ghl_simulation(period_seconds=30 * DAY)
    one = simulation.ghl.buy(simulation.customer(), "price_vps_small")
    simulation.ghl.cancel_at_period_end(one.id)
    assert simulation.ghl.resume(one.id).canceled_at is None
    await asyncio.sleep(0.01)
    assert simulation.ghl.records.subscription(one.id).status == "active"
    await simulation.ghl.close()


async def test_a_price_without_a_vps_has_no_plan(simulation: GhlSimulation) -> None:
    simulation.ghl.buy(simulation.customer(), "price_coaching")
    assert [period.plan for period in periods(simulation.ghl.records)] == [None]


async def test_the_same_seed_gives_the_same_records() -> None:
    simulations = [ghl_simulation(), ghl_simulation()]
    bought = [
        simulation.ghl.buy(simulation.customer(), "price_vps_small").id
        for simulation in simulations
    ]
    keys = [simulation.ghl.signer.public_pem for simulation in simulations]
    for simulation in simulations:
        await simulation.ghl.close()
    assert bought[0] == bought[1]
    assert keys[0] == keys[1]
