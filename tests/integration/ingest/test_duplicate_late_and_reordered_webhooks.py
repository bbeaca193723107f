"""Duplicate, late and reordered webhooks lead to the same entitlements as timely ones.

The calls are real: edge, inbox, workers, poller and the API of the simulated GHL.
"""

import asyncio
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from slipway.contracts.ids import ghl_id_of
from slipway.contracts.subscriptions import Entitlement, SubscriptionEvent
from slipway.simulators.ghl.webhooks.deliveries import Delivery

from tests.support.dsl.ghl_calls import GhlCalls, ghl_calling_ingest

PRICES = ("price_vps_small", "price_vps_medium", "price_coaching", "price_mystery")
EVENTS: dict[str, Any] = {
    "fail": lambda ghl, id_: ghl.fail_payment(id_),
    "pay": lambda ghl, id_: ghl.pay(id_),
    "unpaid": lambda ghl, id_: ghl.unpaid(id_),
    "pause": lambda ghl, id_: ghl.pause(id_),
    "resume": lambda ghl, id_: ghl.resume(id_),
    "cancel": lambda ghl, id_: ghl.cancel(id_),
    "expire": lambda ghl, id_: ghl.expire(id_),
    "refund": lambda ghl, id_: ghl.refund(id_),
    "larger": lambda ghl, id_: ghl.change_plan(id_, "price_vps_medium"),
    "more": lambda ghl, id_: ghl.change_quantity(id_, 3),
    "odd": lambda ghl, id_: ghl.set_status(id_, "quantum"),
}
purchases = st.lists(st.sampled_from(PRICES), min_size=1, max_size=2)
later_events = st.lists(st.tuples(st.sampled_from(sorted(EVENTS)), st.integers(0, 1)), max_size=4)
stories = st.tuples(purchases, later_events)
Story = tuple[list[str], list[tuple[str, int]]]


def _steps(calls: GhlCalls, story: Story) -> list[Any]:
    """Returns steps of a story: one customer buys, then events happen to one of the purchases."""
    prices, later = story
    bought: list[str] = []
    customer = calls.ghl.add_customer("Ada Example").id
    steps: list[Any] = [
        lambda price=price: bought.append(calls.ghl.buy(customer, price).id) for price in prices
    ]
    for event, which in later:
        steps.append(
            lambda event=event, which=which: EVENTS[event](calls.ghl, bought[which % len(bought)])
        )
    return steps


async def _timely(calls: GhlCalls, story: Story) -> list[Delivery]:
    """Sends each webhook once, immediately and in order; returns all of them."""
    sent: list[Delivery] = []
    for step in _steps(calls, story):
        step()
        for delivery in calls.new_calls():
            sent.append(delivery)
            await calls.call(delivery)
            await calls.ingest.work()
        await calls.poll()
    return sent


async def _verdicts(calls: GhlCalls) -> dict[str, tuple[object, ...]]:
    """Returns the last entitlement of each subscription."""
    newest: dict[str, Entitlement] = {}
    for stream, events in (await calls.streams()).items():
        for _, event in events:
            if isinstance(event, SubscriptionEvent):
                newest[stream] = event.entitlement
    return {
        stream: (one.verdict, one.plan, one.quantity, one.contact_id, one.record.status)
        for stream, one in newest.items()
    }


@settings(max_examples=25)
@given(stories, st.data())
def test_redelivered_webhooks_change_nothing(story: Story, data: st.DataObject) -> None:
    async def run() -> None:
        async with ghl_calling_ingest() as calls:
            sent = await _timely(calls, story)
            before, written = await calls.streams(), list(calls.ghl.written_back)
            again = data.draw(st.lists(st.sampled_from(sent), max_size=10))
            for delivery in again:
                calls.ingest.clock.forward(data.draw(st.sampled_from([0, 3, 600, 86_400 * 9])))
                await calls.call(delivery)
                await calls.ingest.work()
            await calls.poll()
            assert await calls.streams() == before
            assert calls.ghl.written_back == written

    asyncio.run(run())


@settings(max_examples=25)
@given(stories, st.data())
def test_late_duplicate_and_reordered_webhooks_end_with_the_same_entitlements(
    story: Story, data: st.DataObject
) -> None:
    # Webhooks are delayed, shuffled, duplicated or never sent; the poller finds the rest.

    async def run() -> None:
        async with ghl_calling_ingest() as timely, ghl_calling_ingest() as disordered:
            await _timely(timely, story)
            held: list[Delivery] = []
            for step in _steps(disordered, story):
                step()
                held = data.draw(st.permutations([*held, *disordered.new_calls()]))
                now = data.draw(st.integers(0, len(held)))
                going, held = held[:now], held[now:]
                for delivery in going:
                    for _ in range(data.draw(st.integers(0, 2))):
                        await disordered.call(delivery)
                await disordered.ingest.work_for(data.draw(st.sampled_from([0, 1, 200])), every=20)
            for delivery in held:
                await disordered.call(delivery)
            await disordered.poll()
            ends = await _verdicts(disordered)
            assert ends == await _verdicts(timely)
            for stream, (*_, status) in ends.items():
                assert status == disordered.ghl.records.subscription(ghl_id_of(stream)).status

    asyncio.run(run())
