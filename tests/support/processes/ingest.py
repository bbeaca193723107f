"""`python -m slipway.ingest` as people start it, with a simulated GHL on a loopback port."""

import asyncio
import json
import os
import random
import signal
import sys
from asyncio.subprocess import DEVNULL, Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import httpx
from slipway.backing.child import free_port
from slipway.contracts.envelope import Recorded
from slipway.contracts.topics import Topic
from slipway.ingest.wiring import WEBHOOK_PATH, WORKFLOW_PATH
from slipway.simulators.ghl.api import build_api
from slipway.simulators.ghl.billing import Ghl
from slipway.simulators.ghl.catalog import DEMO_LOCATION
from slipway.simulators.ghl.records import Subscription
from slipway.simulators.ghl.settings import GhlSettings

from tests.support.dsl.waiting import eventually
from tests.support.servers.ingest import PLANS, SECRET, served
from tests.support.servers.topic_reader import everything_on


@dataclass
class IngestProcess:
    ghl: Ghl
    edge: httpx.AsyncClient
    process: Process
    kafka_url: str
    namespace: str

    async def seen(self, topic: Topic) -> list[Recorded]:
        return await everything_on(self.kafka_url, self.namespace, topic)

    def buy(self) -> Subscription:
        return self.ghl.buy(self.ghl.add_customer("Ada Example").id, "price_vps_small")

    async def post(self, body: bytes) -> httpx.Response:
        """A signed event of our own making."""
        headers = {"X-GHL-Signature": self.ghl.signer.sign(body)}
        return await self.edge.post(WEBHOOK_PATH, content=body, headers=headers)

    async def is_ready(self) -> bool:
        try:
            return (await self.edge.get("/health/ready")).status_code == 200
        except httpx.HTTPError:
            return False

    async def ends_well(self, within_seconds: float = 15) -> bool:
        self.process.send_signal(signal.SIGTERM)
        return await asyncio.wait_for(self.process.wait(), within_seconds) == 0


@asynccontextmanager
async def ingest_process(
    kafka_url: str, mongodb_url: str, namespace: str, *, ghl_settings: Any = None, **more: str
) -> AsyncIterator[IngestProcess]:
    """`ghl_settings` changes GHL's, `more` the environment. Ready when it is handed out."""
    port = free_port()
    edge_url = f"http://127.0.0.1:{port}"
    settings = GhlSettings(
        **{
            "webhook_url": edge_url + WEBHOOK_PATH,
            "workflow_url": edge_url + WORKFLOW_PATH,
            "workflow_secret": SECRET,
            "retry_seconds": 0.5,
            "requests_per_10_seconds": 0,
            **(ghl_settings or {}),
        }
    )
    ghl = Ghl(lambda: datetime.now(UTC), random.Random(3), settings, sleep=asyncio.sleep)  # noqa: S311 - a seed
    async with served(build_api(ghl), free_port()) as ghl_url:
        env = {
            **_environment(ghl, ghl_url, port),
            "SLIPWAY_KAFKA_URL": kafka_url,
            "SLIPWAY_MONGODB_URL": mongodb_url,
            "SLIPWAY_NAMESPACE": namespace,
            **more,
        }
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "slipway.ingest", env=env, stdout=DEVNULL
        )
        try:
            async with httpx.AsyncClient(base_url=edge_url, timeout=30) as edge:
                running = IngestProcess(ghl, edge, process, kafka_url, namespace)
                await eventually(running.is_ready, within_seconds=30)
                yield running
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()
            await ghl.close()


def _environment(ghl: Ghl, ghl_url: str, port: int) -> dict[str, str]:
    return {
        **os.environ,
        "SLIPWAY_INGEST_PORT": str(port),
        "SLIPWAY_INGEST_LOCATIONS": json.dumps({DEMO_LOCATION.id: DEMO_LOCATION.token}),
        "SLIPWAY_INGEST_WORKFLOW_SECRET": SECRET,
        "SLIPWAY_INGEST_GHL_URL": ghl_url,
        "SLIPWAY_INGEST_GHL_PUBLIC_KEYS": ghl.signer.public_pem,
        "SLIPWAY_INGEST_PLANS": str(PLANS),
        "SLIPWAY_INGEST_REQUESTS_PER_10_SECONDS": "100000",
        "SLIPWAY_INGEST_LOOK_AGAIN_SECONDS": "3",
    }
