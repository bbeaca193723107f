"""`python -m slipway.ingest` as people start it: one trace all along, and a clean end."""

import asyncio
import json
import os
import random
import signal
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest
from slipway.backing.child import free_port
from slipway.contracts import topics
from slipway.contracts.deliveries import DeliveryReceived
from slipway.contracts.envelope import Recorded
from slipway.contracts.subscriptions import EntitlementGranted
from slipway.ingest.wiring import WEBHOOK_PATH
from slipway.simulators.ghl.announcements import Channel as Sender
from slipway.simulators.ghl.api import build_api
from slipway.simulators.ghl.billing import Ghl
from slipway.simulators.ghl.catalog import DEMO_LOCATION
from slipway.simulators.ghl.settings import GhlSettings

from tests.support.ingest_running import PLANS, SECRET, served
from tests.support.topic_reading import everything_on, records_on
from tests.support.waiting import eventually

pytestmark = pytest.mark.backing


def _trace_of(recorded: Recorded) -> str:
    return str(recorded.meta.traceparent).split("-")[1]


async def test_one_trace_from_the_request_to_the_entitlement(
    kafka_url: str, mongodb_url: str, namespace: str, tmp_path: Path
) -> None:
    port, spans_file = free_port(), tmp_path / "spans.jsonl"
    # Signed events alone: a purchase is then one chain and no race of several.
    settings = GhlSettings(
        webhook_url=f"http://127.0.0.1:{port}{WEBHOOK_PATH}",
        events=frozenset({"OrderCreate"}),
        retry_seconds=0.5,
        requests_per_10_seconds=0,
    )
    ghl = Ghl(lambda: datetime.now(UTC), random.Random(3), settings, sleep=asyncio.sleep)  # noqa: S311 - a seed
    async with served(build_api(ghl), free_port()) as ghl_url:
        env = {
            **os.environ,
            "SLIPWAY_KAFKA_URL": kafka_url,
            "SLIPWAY_MONGODB_URL": mongodb_url,
            "SLIPWAY_NAMESPACE": namespace,
            "SLIPWAY_INGEST_PORT": str(port),
            "SLIPWAY_INGEST_LOCATIONS": json.dumps({DEMO_LOCATION.id: DEMO_LOCATION.token}),
            "SLIPWAY_INGEST_WORKFLOW_SECRET": SECRET,
            "SLIPWAY_INGEST_GHL_URL": ghl_url,
            "SLIPWAY_INGEST_GHL_PUBLIC_KEYS": ghl.signer.public_pem,
            "SLIPWAY_INGEST_PLANS": str(PLANS),
            "SLIPWAY_TRACES_FILE": str(spans_file),
        }
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "slipway.ingest", env=env, stdout=asyncio.subprocess.DEVNULL
        )
        try:
            await eventually(lambda: _topics_there(kafka_url, namespace), within_seconds=20)
            bought = ghl.buy(ghl.add_customer("Ada Example").id, "price_vps_small")
            granted = await eventually(lambda: _granted(kafka_url, namespace), within_seconds=20)
            process.send_signal(signal.SIGTERM)
            assert await asyncio.wait_for(process.wait(), 15) == 0
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()
            await ghl.close()
    assert granted is not None
    assert granted.stream == f"subscription-{bought.stream}"
    await _is_one_trace(kafka_url, namespace, granted, spans_file)
    assert {one.channel for one in ghl.deliveries.log if one.attempts} == {Sender.SIGNED}


async def _is_one_trace(
    kafka_url: str, namespace: str, granted: Recorded, spans_file: Path
) -> None:
    trace = _trace_of(granted)
    received = [
        one
        for one in await everything_on(kafka_url, namespace, topics.DELIVERIES)
        if isinstance(one.event, DeliveryReceived) and one.id == granted.meta.causation_id
    ]
    assert [_trace_of(one) for one in received] == [trace]
    assert received[0].meta.correlation_id == granted.meta.correlation_id
    raw = [dict(one.headers) for one in await records_on(kafka_url, namespace, topics.WEBHOOKS)]
    assert any(trace.encode() in headers["traceparent"] for headers in raw)
    assert {"webhook signed", "read back", "GHL GET /payments/subscriptions"} <= _names_of_spans(
        spans_file, trace
    )


def _names_of_spans(spans_file: Path, trace: str) -> set[str]:
    spans = [json.loads(line) for line in spans_file.read_text().splitlines()]
    return {span["name"] for span in spans if span["trace_id"] == trace}


async def _topics_there(kafka_url: str, namespace: str) -> bool:
    try:
        return await records_on(kafka_url, namespace, topics.WEBHOOKS) == []
    except Exception:  # noqa: BLE001 - not yet, whatever it says
        return False


async def _granted(kafka_url: str, namespace: str) -> Recorded | None:
    seen = await everything_on(kafka_url, namespace, topics.SUBSCRIPTIONS)
    return next((one for one in seen if isinstance(one.event, EntitlementGranted)), None)
