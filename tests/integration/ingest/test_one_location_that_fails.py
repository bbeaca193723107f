"""A location whose poller raises costs neither the edge nor the other locations anything."""

import pytest
from slipway.contracts import topics
from slipway.contracts.heartbeats import Heartbeat
from slipway.contracts.subscriptions import EntitlementGranted
from slipway.simulators.fault_triggers import FaultTrigger
from slipway.simulators.ghl.records.catalog import DEMO_LOCATION

from tests.support.dsl.waiting import eventually
from tests.support.servers.ingest import RunningIngest, running_ingest

pytestmark = pytest.mark.backing

BROKEN = "loc-broken"
MALFORMED = "two\nlines"


async def test_a_malformed_token_stops_its_own_poller_alone(
    kafka_url: str, mongodb_url: str, namespace: str
) -> None:
    tokens = {BROKEN: MALFORMED}
    async with running_ingest(kafka_url, mongodb_url, namespace, tokens=tokens) as now:

        async def is_shown() -> bool:
            page = (await now.edge.get("/health")).json()
            return list(page["failing_tasks"]) == [f"poll {BROKEN}"]

        await eventually(is_shown)
        assert (await now.edge.get("/health/ready")).status_code == 200
        assert (await now.edge.get("/health/live")).status_code == 200

        now.ghl.buy(now.ghl.add_customer("Ada Example").id, "price_vps_small", 1)
        await now.until_published(topics.SUBSCRIPTIONS, EntitlementGranted)
        accepted = now.host.counters["accepted"]
        assert accepted > 0

        await eventually(lambda: _heartbeat_shows_failure(now))


async def test_the_other_locations_poller_goes_on(
    kafka_url: str, mongodb_url: str, namespace: str
) -> None:
    async with running_ingest(kafka_url, mongodb_url, namespace, tokens={BROKEN: MALFORMED}) as now:
        now.ghl.deliveries.faults.drop = FaultTrigger(1.0)
        bought = now.ghl.buy(now.ghl.add_customer("Ada Example").id, "price_vps_small", 1)
        records = await now.until_published(topics.SUBSCRIPTIONS, EntitlementGranted)
        assert DEMO_LOCATION.id in records[0].stream
        assert bought.id in records[0].stream


async def _heartbeat_shows_failure(now: RunningIngest) -> bool:
    beats = [one.event for one in await now.published(topics.HEARTBEATS)]
    return any(
        isinstance(beat, Heartbeat)
        and f"poll {BROKEN}" in beat.failing_tasks
        and beat.counters["task_failures"] > 0
        for beat in beats
    )
