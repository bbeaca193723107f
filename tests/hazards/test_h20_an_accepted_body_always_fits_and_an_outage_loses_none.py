"""H20: limits grow from the edge to the broker, and an outage of Kafka is answered with 429."""

import asyncio
import json
import time
import uuid

import pytest
from slipway.backing import Backing
from slipway.contracts import topics
from slipway.contracts.deliveries import DeliveryApplied, DeliveryIgnored
from slipway.contracts.subscriptions import EntitlementGranted
from slipway.ingest.edge.body import MAX_BODY_BYTES
from slipway.ingest.wiring import WEBHOOK_PATH
from slipway.simulators.ghl.webhooks.deliveries import Fate

from tests.support.dsl.waiting import eventually
from tests.support.servers.ingest import RunningIngest, running_ingest
from tests.support.servers.own_backing import own_backing
from tests.support.servers.topic_reader import records_on

pytestmark = pytest.mark.backing
__all__ = ["own_backing"]


def _namespace() -> str:
    return f"t{uuid.uuid4().hex[:12]}"


def _body(size: int) -> bytes:
    head = json.dumps({"type": "ContactCreate", "locationId": "x", "note": ""})[:-2].encode()
    return head + b"x" * (size - len(head) - 2) + b'"}'


async def _post(now: RunningIngest, body: bytes, signature: str | None = None) -> int:
    headers = {"X-GHL-Signature": signature or now.ghl.signer.sign(body)}
    return (await now.edge.post(WEBHOOK_PATH, content=body, headers=headers)).status_code


def test_h20_the_limits_are_ordered() -> None:
    assert MAX_BODY_BYTES + 64 * 1024 < topics.MAX_RECORD_BYTES


async def test_h20_bodies_of_all_sizes_over_real_sockets(
    kafka_url: str, mongodb_url: str, namespace: str
) -> None:
    async with running_ingest(kafka_url, mongodb_url, namespace) as now:
        sizes = (2_000_000, MAX_BODY_BYTES)
        assert [await _post(now, _body(size)) for size in sizes] == [200, 200]
        assert await _post(now, _body(6_000_000)) == 413
        assert await _post(now, _body(40_000_000)) == 413
        other_signature = now.ghl.signer.sign(b"another body")
        assert await _post(now, _body(2_000_000), other_signature) == 401
        counters = now.host.counters
        assert (counters["too_large"], counters["refused_signature"]) == (2, 1)
        kept = await records_on(kafka_url, namespace, topics.WEBHOOKS)
        assert sorted(len(record.value or b"") for record in kept) == sorted(sizes)
        assert all(_body(len(record.value or b"")) == record.value for record in kept)
        records = await now.until_published(topics.DELIVERIES, DeliveryIgnored)
        assert records
        assert await _post(now, b"\xff\xfe{") == 200


async def test_h20_the_heartbeat_contains_refusals_even_without_a_store(
    kafka_url: str, mongodb_url: str, namespace: str
) -> None:
    async with running_ingest(kafka_url, mongodb_url, namespace) as now:
        assert await _post(now, b"{}", "AAAA") == 401

        async def reported() -> bool:
            beats = [one.event for one in await now.published(topics.HEARTBEATS)]
            return any(beat.counters.get("refused_signature") == 1 for beat in beats)  # type: ignore[attr-defined]

        await eventually(reported)


async def test_h20_with_kafka_down_the_edge_answers_429_and_recovers(own_backing: Backing) -> None:
    namespace = _namespace()
    async with running_ingest(own_backing.kafka_url, own_backing.mongodb_url, namespace) as now:
        body = _body(300)
        assert await _post(now, body) == 200
        await asyncio.to_thread(own_backing.kill_kafka)
        began = time.monotonic()
        customer = now.ghl.add_customer("Ada Example")
        now.ghl.buy(customer.id, "price_vps_small")
        assert await _post(now, body) == 429
        # The edge's own deadline is two seconds; GHL is reported to wait for ten.
        assert time.monotonic() - began < 9
        await asyncio.to_thread(own_backing.start_kafka)

        async def accepted() -> bool:
            return await _post(now, body) == 200

        await eventually(accepted)
        await now.until_published(topics.SUBSCRIPTIONS, EntitlementGranted)

        async def all_delivered() -> bool:
            return all(one.fate is Fate.ACCEPTED for one in now.ghl.deliveries.log)

        await eventually(all_delivered)


async def test_h20_with_mongodb_down_the_edge_answers_200_and_the_work_catches_up(
    own_backing: Backing,
) -> None:
    namespace = _namespace()
    async with running_ingest(own_backing.kafka_url, own_backing.mongodb_url, namespace) as now:
        await asyncio.to_thread(own_backing.kill_mongodb)
        customer = now.ghl.add_customer("Ada Example")
        now.ghl.buy(customer.id, "price_vps_small")
        assert await _post(now, _body(300)) == 200
        await asyncio.to_thread(own_backing.start_mongodb)
        await now.until_published(topics.SUBSCRIPTIONS, EntitlementGranted)
        await now.until_published(topics.DELIVERIES, DeliveryApplied)


async def test_h20_an_edge_that_starts_before_its_broker_answers_429(
    own_backing: Backing,
) -> None:
    await asyncio.to_thread(own_backing.kill_kafka)
    namespace = _namespace()
    urls = (own_backing.kafka_url, own_backing.mongodb_url)
    async with running_ingest(*urls, namespace, until="live") as now:
        assert await _post(now, _body(300)) == 429
        await asyncio.to_thread(own_backing.start_kafka)

        async def accepted() -> bool:
            return await _post(now, _body(300)) == 200

        await eventually(accepted)
