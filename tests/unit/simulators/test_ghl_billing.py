"""The webhooks and billing periods of each action of a customer."""

from collections.abc import AsyncIterator

import pytest
from slipway.simulators.ghl.records.billing_periods import BillingPeriod, periods
from slipway.simulators.ghl.records.entities import Status

from tests.support.servers.ghl import GhlWorld, ghl_world


@pytest.fixture
async def world() -> AsyncIterator[GhlWorld]:
    world = ghl_world()
    yield world
    await world.ghl.close()


def said(world: GhlWorld) -> list[str]:
    """Returns the event of each new call, with the custom data of workflow calls."""
    log = world.ghl.deliveries.log
    events = [f"{one.event} {claim}" if (claim := _claim(one.body)) else one.event for one in log]
    log.clear()
    return events


def _claim(body: bytes) -> str:
    return body.partition(b'"customData":{"event":"')[2].partition(b'"')[0].decode()


async def test_a_purchase_sends_order_contact_and_workflow_calls_but_no_subscription_event(
    world: GhlWorld,
) -> None:
    one = world.ghl.buy(world.customer(), "price_vps_small")
    assert one.status == "active"
    assert said(world) == [
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
    world: GhlWorld, action: str, status: str, calls: list[str]
) -> None:
    one = world.ghl.buy(world.customer(), "price_vps_small")
    said(world)
    world.clock.forward(60)
    after = getattr(world.ghl, action)(one.id)
    assert (after.status, after.updated_at) == (status, world.clock())
    assert said(world) == calls


async def test_a_change_of_plan_or_quantity_sends_no_webhook(world: GhlWorld) -> None:
    one = world.ghl.buy(world.customer(), "price_vps_small")
    said(world)
    world.ghl.change_plan(one.id, "price_vps_large")
    world.ghl.change_quantity(one.id, 3)
    assert said(world) == []


async def test_the_first_payment_of_an_incomplete_purchase_completes_its_order(
    world: GhlWorld,
) -> None:
    one = world.ghl.buy(world.customer(), "price_vps_small", status=Status.INCOMPLETE)
    assert world.ghl.records.orders[one.order_id].latest.status == "pending"
    world.ghl.pay(one.id)
    assert world.ghl.records.orders[one.order_id].latest.status == "completed"


async def test_a_cancellation_keeps_its_time_until_the_customer_comes_back(
    world: GhlWorld,
) -> None:
    one = world.ghl.buy(world.customer(), "price_vps_small")
    canceled_at = world.ghl.cancel(one.id).canceled_at
    world.clock.forward(60)
    assert world.ghl.set_status(one.id, "canceled").canceled_at == canceled_at
    assert world.ghl.resume(one.id).canceled_at is None


async def test_billing_periods_show_every_change_with_its_times(world: GhlWorld) -> None:
    one = world.ghl.buy(world.customer(), "price_vps_small", 2)
    bought = world.clock()
    world.clock.forward(60)
    world.ghl.change_plan(one.id, "price_vps_large")
    changed = world.clock()
    world.clock.forward(60)
    world.ghl.cancel(one.id)

    def told(billed: BillingPeriod) -> tuple[object, ...]:
        return (billed.plan, billed.quantity, billed.is_paying, billed.since, billed.until)

    assert [told(billed) for billed in periods(world.ghl.records)] == [
        ("small", 2, True, bought, changed),
        ("large", 2, True, changed, world.clock()),
        ("large", 2, False, world.clock(), None),
    ]


async def test_a_price_without_a_vps_has_no_plan(world: GhlWorld) -> None:
    world.ghl.buy(world.customer(), "price_coaching")
    assert [billed.plan for billed in periods(world.ghl.records)] == [None]


async def test_the_same_seed_gives_the_same_records() -> None:
    worlds = [ghl_world(), ghl_world()]
    bought = [world.ghl.buy(world.customer(), "price_vps_small").id for world in worlds]
    keys = [world.ghl.signer.public_pem for world in worlds]
    for world in worlds:
        await world.ghl.close()
    assert bought[0] == bought[1]
    assert keys[0] == keys[1]
