"""Ingest's real parts in the test's process, over real Kafka and MongoDB and a simulated GHL."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass

import httpx
from pydantic import SecretStr
from slipway.backing.child import free_port
from slipway.contracts.envelope import Recorded
from slipway.contracts.topics import Topic
from slipway.ingest.settings import Settings
from slipway.ingest.subscriptions.plans import parse_plans
from slipway.ingest.wiring import ROLES, wired
from slipway.runtime.host import Host
from slipway.simulators.ghl.billing import Ghl
from slipway.simulators.ghl.records.catalog import DEMO_LOCATION

from tests.support.dsl.waiting import eventually
from tests.support.servers.simulated_ghl import PLANS, WORKFLOW_SECRET, simulated_ghl
from tests.support.servers.topic_reader import everything_on


@dataclass
class RunningIngest:
    host: Host
    ghl: Ghl
    edge: httpx.AsyncClient
    settings: Settings

    async def published(self, topic: Topic) -> list[Recorded]:
        """Returns all records of a topic."""
        return await everything_on(self.settings.kafka_url, self.settings.namespace, topic)

    async def until_published(self, topic: Topic, *kinds: type) -> list[Recorded]:
        """Waits until the topic has each of these kinds; returns all its records."""

        async def complete() -> list[Recorded]:
            records = await self.published(topic)
            return records if set(kinds) <= {type(one.event) for one in records} else []

        return await eventually(complete)


@asynccontextmanager
async def running_ingest(
    kafka_url: str,
    mongodb_url: str,
    namespace: str,
    *,
    until: str = "ready",
    tokens: Mapping[str, str] | None = None,
) -> AsyncIterator[RunningIngest]:
    """Yields once the health page `until`, `ready` or `live`, answers 200.

    `tokens` adds locations to the one that GHL knows.
    """
    all_tokens = {DEMO_LOCATION.id: DEMO_LOCATION.token, **(tokens or {})}
    port = free_port()
    edge_url = f"http://127.0.0.1:{port}"
    async with simulated_ghl(edge_url) as (ghl, ghl_url):
        settings = Settings(
            kafka_url=kafka_url,
            mongodb_url=mongodb_url,
            namespace=namespace,
            ingest_port=port,
            ingest_locations={name: SecretStr(token) for name, token in all_tokens.items()},
            ingest_workflow_secret=SecretStr(WORKFLOW_SECRET),
            ingest_ghl_url=ghl_url,
            ingest_ghl_public_keys=ghl.signer.public_pem,
            ingest_plans=PLANS,
            ingest_requests_per_10_seconds=100_000,
            ingest_poll_seconds=0.5,
            ingest_api_lag_seconds=3,
        )
        host = wired(settings, parse_plans(PLANS.read_text()), frozenset(ROLES))
        tasks = [asyncio.create_task(part) for part in host.parts()]
        try:
            async with httpx.AsyncClient(base_url=edge_url, timeout=30) as edge:
                await eventually(lambda: _answers(edge, f"/health/{until}"))
                yield RunningIngest(host, ghl, edge, settings)
        finally:
            await ghl.close()
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            await host.close()


async def _answers(edge: httpx.AsyncClient, path: str) -> bool:
    try:
        return (await edge.get(path)).status_code == 200
    except httpx.HTTPError:
        return False
