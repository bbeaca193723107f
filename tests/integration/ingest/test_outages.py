"""The running process recovers on its own after an outage of Kafka, MongoDB or GHL's API."""

import asyncio
import time
import uuid
from collections.abc import Sequence

import pytest
from slipway.backing import Backing
from slipway.contracts import topics
from slipway.contracts.deliveries import DeliveryApplied, DeliveryIgnored, DeliveryReceived
from slipway.contracts.heartbeats import Heartbeat
from slipway.contracts.subscriptions import EntitlementGranted
from slipway.simulators.fault_triggers import FaultTrigger
from slipway.simulators.ghl.records.entities import Subscription
from slipway.simulators.ghl.webhooks.deliveries import Fate

from tests.support.dsl.waiting import eventually
from tests.support.processes.ingest import IngestProcess, ingest_process
from tests.support.servers.own_backing import own_backing

pytestmark = pytest.mark.backing
__all__ = ["own_backing"]

IGNORED = b'{"type":"ContactCreate","locationId":"x"}'


def _namespace() -> str:
    return f"t{uuid.uuid4().hex[:12]}"


async def _all_applied(now: IngestProcess, bought: Sequence[Subscription]) -> bool:
    """Returns whether all purchases are granted once and all deliveries applied or ignored."""
    granted = {
        one.id: one.stream
        for one in await now.published(topics.SUBSCRIPTIONS)
        if isinstance(one.event, EntitlementGranted)
    }
    deliveries = await now.published(topics.DELIVERIES)
    received = {one.stream for one in deliveries if isinstance(one.event, DeliveryReceived)}
    ended = {
        one.stream for one in deliveries if isinstance(one.event, DeliveryApplied | DeliveryIgnored)
    }
    accepted = all(one.fate is Fate.ACCEPTED for one in now.ghl.deliveries.log)
    wanted = sorted(f"subscription-{one.stream}" for one in bought)
    return sorted(granted.values()) == wanted and received == ended and accepted


async def test_with_kafka_down_the_edge_answers_429_and_everything_catches_up(
    own_backing: Backing,
) -> None:
    urls = (own_backing.kafka_url, own_backing.mongodb_url)
    async with ingest_process(*urls, _namespace()) as now:
        await asyncio.to_thread(own_backing.kill_kafka)
        bought = [now.buy() for _ in range(5)]
        began = time.monotonic()
        answer = await now.post(IGNORED)
        assert (answer.status_code, answer.headers["retry-after"]) == (429, "10")
        # The edge's own deadline is two seconds; GHL is reported to wait for ten.
        assert time.monotonic() - began < 9
        await asyncio.to_thread(own_backing.start_kafka)
        await eventually(lambda: _all_applied(now, bought))
        assert await now.terminates()


async def test_with_mongodb_down_the_edge_answers_200_and_everything_is_applied_afterwards(
    own_backing: Backing,
) -> None:
    urls = (own_backing.kafka_url, own_backing.mongodb_url)
    async with ingest_process(*urls, _namespace()) as now:
        await asyncio.to_thread(own_backing.kill_mongodb)
        bought = [now.buy() for _ in range(5)]
        assert (await now.post(IGNORED)).status_code == 200
        refused = await now.edge.post("/webhooks/ghl", content=IGNORED)
        assert refused.status_code == 401

        async def heartbeat_without_a_store() -> bool:
            beats = [one.event for one in await now.published(topics.HEARTBEATS)]
            return any(
                isinstance(beat, Heartbeat)
                and beat.counters["refused_signature"] == 1
                and beat.oldest_unpublished_seconds is None
                for beat in beats
            )

        await eventually(heartbeat_without_a_store)
        await asyncio.to_thread(own_backing.start_mongodb)
        await eventually(lambda: _all_applied(now, bought))
        assert await now.terminates()


async def test_with_ghls_api_down_accepted_webhooks_wait_and_catch_up(own_backing: Backing) -> None:
    urls = (own_backing.kafka_url, own_backing.mongodb_url)
    async with ingest_process(*urls, _namespace()) as now:
        now.ghl.faults.fail = FaultTrigger(1.0)
        bought = [now.buy() for _ in range(5)]

        async def all_received() -> bool:
            records = await now.published(topics.DELIVERIES)
            received = {one.stream for one in records if isinstance(one.event, DeliveryReceived)}
            return len(received) == len(now.ghl.deliveries.log)

        await eventually(all_received)
        assert await now.published(topics.SUBSCRIPTIONS) == []
        now.ghl.faults.fail = FaultTrigger()
        await eventually(lambda: _all_applied(now, bought))
        assert await now.terminates()


async def test_a_stop_while_both_are_down_ends_the_process_in_time(own_backing: Backing) -> None:
    async with ingest_process(own_backing.kafka_url, own_backing.mongodb_url, _namespace()) as now:
        now.buy()

        async def received() -> bool:
            return bool(await now.published(topics.DELIVERIES))

        await eventually(received)
        await asyncio.to_thread(own_backing.kill_mongodb)
        await asyncio.to_thread(own_backing.kill_kafka)
        assert await now.terminates()
