"""Ingest's real parts over real Kafka and MongoDB, with a simulated GHL on a loopback port."""

import asyncio
import contextlib
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import httpx
import uvicorn
from pydantic import SecretStr
from slipway.backing.child import free_port
from slipway.contracts.envelope import Recorded
from slipway.contracts.topics import Topic
from slipway.ingest.settings import Settings
from slipway.ingest.subscriptions.plans import parse
from slipway.ingest.wiring import ROLES, WEBHOOK_PATH, WORKFLOW_PATH, Ingest
from slipway.simulators.ghl.api import build_api
from slipway.simulators.ghl.billing import Ghl
from slipway.simulators.ghl.catalog import DEMO_LOCATION
from slipway.simulators.ghl.settings import GhlSettings
from starlette.types import ASGIApp

from tests.support.dsl.waiting import eventually
from tests.support.servers.topic_reader import everything_on

SECRET = "workflow-secret-of-the-demo"
PLANS = Path(__file__).parents[3] / "plans.yaml"


@asynccontextmanager
async def served(app: ASGIApp, port: int) -> AsyncIterator[str]:
    config = uvicorn.Config(app, port=port, log_config=None, lifespan="off")
    server = uvicorn.Server(config)
    server.capture_signals = contextlib.nullcontext  # type: ignore[method-assign, assignment]
    serving = asyncio.create_task(server.serve())
    while not server.started:  # noqa: ASYNC110 - uvicorn offers no event
        await asyncio.sleep(0.005)
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        await serving


@dataclass
class Running:
    ingest: Ingest
    ghl: Ghl
    edge: httpx.AsyncClient
    settings: Settings

    async def seen(self, topic: Topic) -> list[Recorded]:
        """Everything that was published on a topic so far."""
        return await everything_on(self.settings.kafka_url, self.settings.namespace, topic)

    async def until_published(
        self, topic: Topic, *kinds: type, within_seconds: float = 20
    ) -> list[Recorded]:
        """All of the topic, once each of these kinds is on it."""

        async def there() -> list[Recorded]:
            seen = await self.seen(topic)
            return seen if set(kinds) <= {type(one.event) for one in seen} else []

        return await eventually(there, within_seconds=within_seconds)


def settings_for(
    kafka_url: str, mongodb_url: str, namespace: str, ghl_url: str, ghl: Ghl, port: int
) -> Settings:
    return Settings(
        kafka_url=kafka_url,
        mongodb_url=mongodb_url,
        namespace=namespace,
        ingest_port=port,
        ingest_locations={DEMO_LOCATION.id: SecretStr(DEMO_LOCATION.token)},
        ingest_workflow_secret=SecretStr(SECRET),
        ingest_ghl_url=ghl_url,
        ingest_ghl_public_keys=ghl.signer.public_pem,
        ingest_plans=PLANS,
        ingest_requests_per_10_seconds=100_000,
        ingest_poll_seconds=0.5,
        ingest_look_again_seconds=3,
    )


@asynccontextmanager
async def running(
    kafka_url: str, mongodb_url: str, namespace: str, *, until_ready: bool = True
) -> AsyncIterator[Running]:
    edge_port = free_port()
    edge_url = f"http://127.0.0.1:{edge_port}"
    ghl = Ghl(
        lambda: datetime.now(UTC),
        random.Random(7),  # noqa: S311 - a seed, no secret
        GhlSettings(
            webhook_url=edge_url + WEBHOOK_PATH,
            workflow_url=edge_url + WORKFLOW_PATH,
            workflow_secret=SECRET,
            retry_seconds=0.5,
            requests_per_10_seconds=0,
        ),
        sleep=asyncio.sleep,
    )
    async with served(build_api(ghl), free_port()) as ghl_url:
        settings = settings_for(kafka_url, mongodb_url, namespace, ghl_url, ghl, edge_port)
        ingest = Ingest(settings, parse(PLANS.read_text()))
        tasks = [asyncio.create_task(part) for part in ingest.parts(frozenset(ROLES))]
        try:
            async with httpx.AsyncClient(base_url=edge_url, timeout=30) as edge:
                page = "ready" if until_ready else "live"
                await eventually(lambda: _answers(edge, f"/health/{page}"), within_seconds=20)
                yield Running(ingest, ghl, edge, settings)
        finally:
            await ghl.close()
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            await ingest.close()


async def _answers(edge: httpx.AsyncClient, path: str) -> bool:
    try:
        return (await edge.get(path)).status_code == 200
    except httpx.HTTPError:
        return False
