"""A purchase at the simulated GHL becomes an entitlement on Kafka, with real servers."""

import random
from datetime import timedelta

import pytest
from slipway.contracts import commands, topics, vps
from slipway.contracts.deliveries import (
    DeliveryApplied,
    DeliveryChannel,
    DeliveryIgnored,
    DeliveryQuarantined,
    DeliveryReceived,
    DeliveryReplayed,
)
from slipway.contracts.envelope import Message, Meta, Recorded
from slipway.contracts.subscriptions import (
    CheckAnswer,
    EntitlementChecked,
    EntitlementEnded,
    EntitlementGranted,
    EntitlementSuspended,
    WriteBackDone,
)
from slipway.ingest.wiring import WORKFLOW_PATH
from slipway.runtime.sources import utcnow
from slipway.simulators.fault_triggers import FaultTrigger
from slipway.simulators.ghl.faults import Outage

from tests.support.dsl.waiting import eventually
from tests.support.servers.ingest import RunningIngest, running_ingest
from tests.support.servers.simulated_ghl import WORKFLOW_SECRET

pytestmark = pytest.mark.backing


def _customer(now: RunningIngest) -> str:
    return now.ghl.add_customer("Ada Example").id


async def _all_ended(now: RunningIngest, at_least: int = 1) -> bool:
    records = await now.published(topics.DELIVERIES)
    received = {one.stream for one in records if isinstance(one.event, DeliveryReceived)}
    ended = {
        one.stream for one in records if isinstance(one.event, DeliveryApplied | DeliveryIgnored)
    }
    return len(received) >= at_least and received == ended


async def _publish(now: RunningIngest, event: Message, stream: str, version: int = 1) -> None:
    """Publishes as another service or as an admin."""
    meta = Meta(correlation_id="outside", traceparent=f"00-{99:032x}-{1:016x}-01")
    record = Recorded(stream=stream, version=version, time=utcnow(), event=event, meta=meta)
    await now.host.producer.publish(record)


async def test_a_purchase_is_granted_and_a_cancellation_ends_it(
    kafka_url: str, mongodb_url: str, namespace: str
) -> None:
    async with running_ingest(kafka_url, mongodb_url, namespace) as now:
        bought = now.ghl.buy(_customer(now), "price_vps_small", 2)
        records = await now.until_published(topics.SUBSCRIPTIONS, EntitlementGranted)
        granted = records[0].event
        assert isinstance(granted, EntitlementGranted)
        assert granted.entitlement.subscription_id == bought.stream
        assert (granted.entitlement.plan, granted.entitlement.quantity) == ("small", 2)
        now.ghl.cancel(bought.id)
        records = await now.until_published(topics.SUBSCRIPTIONS, EntitlementEnded)
        kinds = [type(one.event) for one in records]
        assert kinds.count(EntitlementEnded) == 1
        assert kinds[-1] is EntitlementEnded
        # Five deliveries and more about one purchase; each has its own end, none is open.
        await eventually(lambda: _all_ended(now, 5))


async def test_duplicates_delays_and_reordering_change_nothing(
    kafka_url: str, mongodb_url: str, namespace: str
) -> None:
    async with running_ingest(kafka_url, mongodb_url, namespace) as now:
        faults = now.ghl.deliveries.faults
        faults.duplicate, faults.hold = FaultTrigger(1.0), FaultTrigger(1.0)
        customer = _customer(now)
        bought = now.ghl.buy(customer, "price_vps_small")
        now.ghl.fail_payment(bought.id)
        now.ghl.pay(bought.id)
        now.ghl.cancel(bought.id)
        now.ghl.deliveries.release(newest_first=True)
        await eventually(lambda: _all_ended(now, 5))
        # The relay publishes at least once, so the same event may be on the topic twice.
        found = {one.id: one.event for one in await now.published(topics.SUBSCRIPTIONS)}
        assert [type(event) for event in found.values()] == [EntitlementEnded], found


async def test_the_poller_finds_what_webhooks_missed(
    kafka_url: str, mongodb_url: str, namespace: str
) -> None:
    async with running_ingest(kafka_url, mongodb_url, namespace) as now:
        now.ghl.deliveries.faults.drop = FaultTrigger(1.0)
        bought = now.ghl.buy(_customer(now), "price_vps_small")
        await now.until_published(topics.SUBSCRIPTIONS, EntitlementGranted)
        now.ghl.change_plan(bought.id, "price_vps_medium")

        async def moved() -> bool:
            records = [one.event for one in await now.published(topics.SUBSCRIPTIONS)]
            return any(
                isinstance(e, EntitlementGranted) and e.entitlement.plan == "medium"
                for e in records
            )

        await eventually(moved)
        records = [one.event for one in await now.published(topics.DELIVERIES)]
        applied = [one for one in records if isinstance(one, DeliveryApplied)]
        assert {one.channel for one in applied} == {DeliveryChannel.POLL}
        assert all(one.changed for one in applied)


@pytest.mark.parametrize("outage", list(Outage))
async def test_while_ghls_api_is_down_deliveries_wait_and_are_applied_afterwards(
    kafka_url: str, mongodb_url: str, namespace: str, outage: Outage
) -> None:
    async with running_ingest(kafka_url, mongodb_url, namespace) as now:
        now.ghl.faults.fail, now.ghl.faults.outage = FaultTrigger(1.0), outage
        bought = now.ghl.buy(_customer(now), "price_vps_small")
        await now.until_published(topics.DELIVERIES, DeliveryReceived)
        assert await now.published(topics.SUBSCRIPTIONS) == []
        now.ghl.faults.fail = FaultTrigger()
        await now.until_published(topics.SUBSCRIPTIONS, EntitlementGranted)
        await eventually(lambda: _all_ended(now, 4))
        records = [one.event for one in await now.published(topics.SUBSCRIPTIONS)]
        assert [type(event) for event in records] == [EntitlementGranted]
        assert bought.stream == records[0].entitlement.subscription_id  # type: ignore[attr-defined]


async def test_deletion_confirmation_and_write_back(
    kafka_url: str, mongodb_url: str, namespace: str
) -> None:
    async with running_ingest(kafka_url, mongodb_url, namespace) as now:
        bought = now.ghl.buy(_customer(now), "price_vps_small")
        await now.until_published(topics.SUBSCRIPTIONS, EntitlementGranted)
        about = {
            "vps_id": f"{bought.stream}-1",
            "subscription_id": bought.stream,
            "location_id": bought.location_id,
        }
        ready = vps.VpsReady(
            **about, operation_id="op", provider_id="7", generation=1, ipv4="192.0.2.7"
        )
        await _publish(now, ready, f"vps-{bought.stream}-1", 4)
        await now.until_published(topics.SUBSCRIPTIONS, WriteBackDone)
        assert now.ghl.written_back[-1].fields == {"VPS IP": "192.0.2.7", "VPS state": "ready"}
        now.ghl.deliveries.faults.drop = FaultTrigger(1.0)
        now.ghl.cancel(bought.id)
        request = vps.ReleaseRequested(**about, nonce="n1", requested_at=utcnow())
        await _publish(now, request, f"vps-{bought.stream}-1", 5)
        records = await now.until_published(topics.SUBSCRIPTIONS, EntitlementChecked)
        checked = next(one for one in records if isinstance(one.event, EntitlementChecked))
        assert checked.event.answer is CheckAnswer.CONFIRMED  # type: ignore[attr-defined]
        assert str(checked.meta.traceparent).split("-")[1] == f"{99:032x}"


async def test_a_quarantined_delivery_is_replayed_by_an_admin(
    kafka_url: str, mongodb_url: str, namespace: str
) -> None:
    async with running_ingest(kafka_url, mongodb_url, namespace) as now:
        answer = await now.edge.post(
            WORKFLOW_PATH, content=b"{}", headers={"X-Slipway-Token": WORKFLOW_SECRET}
        )
        assert answer.status_code == 200
        records = await now.until_published(topics.DELIVERIES, DeliveryQuarantined)
        delivery_id = records[-1].event.delivery_id  # type: ignore[attr-defined]
        replay = commands.ReplayDelivery(
            command_id="k1",
            issued_at=utcnow() - timedelta(seconds=1),
            actor="user:a@example.com",
            reason="mapped it",
            delivery_id=delivery_id,
        )
        await _publish(now, replay, "command-k1")
        records = await now.until_published(topics.DELIVERIES, DeliveryReplayed)
        replayed = next(one for one in records if isinstance(one.event, DeliveryReplayed))
        assert replayed.meta.causation_id == "k1"
        assert replayed.event.quarantine_reason  # type: ignore[attr-defined]


async def test_an_hour_of_faults_ends_with_the_entitlements_of_ghls_records(
    kafka_url: str, mongodb_url: str, namespace: str
) -> None:
    rng = random.Random(11)  # noqa: S311 - a seed, no secret
    async with running_ingest(kafka_url, mongodb_url, namespace) as now:
        faults = now.ghl.deliveries.faults
        faults.duplicate, faults.drop = FaultTrigger(0.3), FaultTrigger(0.2)
        faults.delay, faults.delay_seconds = FaultTrigger(0.5), 1.0
        bought = [now.ghl.buy(_customer(now), "price_vps_small") for _ in range(8)]
        for one in bought:
            for act in rng.sample([now.ghl.fail_payment, now.ghl.pay, now.ghl.cancel], 2):
                act(one.id)
        expected = {
            "active": EntitlementGranted,
            "past_due": EntitlementSuspended,
            "canceled": EntitlementEnded,
        }

        async def settled() -> bool:
            newest: dict[str, type] = {}
            for one in sorted(await now.published(topics.SUBSCRIPTIONS), key=lambda r: r.version):
                newest[one.stream] = type(one.event)
            wanted = {
                f"subscription-{one.stream}": expected[now.ghl.records.subscription(one.id).status]
                for one in bought
            }
            return newest == wanted

        await eventually(settled)
