"""`python -m slipway.ingest`: one trace from request to entitlement, and a clean stop."""

import json
from pathlib import Path

import pytest
from slipway.contracts import topics
from slipway.contracts.deliveries import DeliveryReceived
from slipway.contracts.envelope import Recorded
from slipway.contracts.subscriptions import EntitlementGranted
from slipway.simulators.ghl.webhooks.calls import Channel as Sender

from tests.support.dsl.waiting import eventually
from tests.support.processes.ingest import IngestProcess, ingest_process
from tests.support.servers.topic_reader import records_on

pytestmark = pytest.mark.backing


def _trace_of(recorded: Recorded) -> str:
    return str(recorded.meta.traceparent).split("-")[1]


async def test_one_trace_from_the_request_to_the_entitlement(
    kafka_url: str, mongodb_url: str, namespace: str, tmp_path: Path
) -> None:
    spans_file = tmp_path / "spans.jsonl"
    # Only signed order events: so a purchase is one chain of calls.
    only_orders = {"events": frozenset({"OrderCreate"})}
    async with ingest_process(
        kafka_url,
        mongodb_url,
        namespace,
        ghl_settings=only_orders,
        SLIPWAY_TRACES_FILE=str(spans_file),
    ) as now:
        bought = now.buy()
        granted = await eventually(lambda: _granted(now))
        assert await now.terminates()
        assert granted is not None
        assert granted.stream == f"subscription-{bought.stream}"
        await _is_one_trace(now, granted, spans_file)
        assert {one.channel for one in now.ghl.deliveries.log if one.attempts} == {Sender.SIGNED}


async def _is_one_trace(now: IngestProcess, granted: Recorded, spans_file: Path) -> None:
    trace = _trace_of(granted)
    received = [
        one
        for one in await now.published(topics.DELIVERIES)
        if isinstance(one.event, DeliveryReceived) and one.id == granted.meta.causation_id
    ]
    assert [_trace_of(one) for one in received] == [trace]
    assert received[0].meta.correlation_id == granted.meta.correlation_id
    kept = await records_on(now.kafka_url, now.namespace, topics.WEBHOOKS)
    raw = [dict(one.headers) for one in kept]
    assert any(trace.encode() in headers["traceparent"] for headers in raw)
    assert {"webhook signed", "read back", "GHL GET /payments/subscriptions"} <= _names_of_spans(
        spans_file, trace
    )


def _names_of_spans(spans_file: Path, trace: str) -> set[str]:
    spans = [json.loads(line) for line in spans_file.read_text().splitlines()]
    return {span["name"] for span in spans if span["trace_id"] == trace}


async def _granted(now: IngestProcess) -> Recorded | None:
    records = await now.published(topics.SUBSCRIPTIONS)
    return next((one for one in records if isinstance(one.event, EntitlementGranted)), None)
