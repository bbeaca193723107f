"""`python -m slipway.ingest` as a process of its own, with a simulated GHL on a loopback port."""

import asyncio
import json
import os
import signal
import sys
from asyncio.subprocess import DEVNULL, Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import httpx
from slipway.backing.child import free_port
from slipway.contracts.envelope import Recorded
from slipway.contracts.topics import Topic
from slipway.ingest.wiring import WEBHOOK_PATH
from slipway.simulators.ghl.billing import Ghl
from slipway.simulators.ghl.records.catalog import DEMO_LOCATION
from slipway.simulators.ghl.records.entities import Subscription

from tests.support.dsl.waiting import eventually
from tests.support.processes.readiness import is_ready
from tests.support.servers.simulated_ghl import PLANS, WORKFLOW_SECRET, simulated_ghl
from tests.support.servers.topic_reader import everything_on


@dataclass
class IngestProcess:
    ghl: Ghl
    edge: httpx.AsyncClient
    process: Process
    kafka_url: str
    namespace: str

    async def published(self, topic: Topic) -> list[Recorded]:
        """Returns all records of a topic."""
        return await everything_on(self.kafka_url, self.namespace, topic)

    def buy(self) -> Subscription:
        return self.ghl.buy(self.ghl.add_customer("Ada Example").id, "price_vps_small")

    async def post(self, body: bytes) -> httpx.Response:
        """Posts this body with a valid signature of GHL."""
        headers = {"X-GHL-Signature": self.ghl.signer.sign(body)}
        return await self.edge.post(WEBHOOK_PATH, content=body, headers=headers)

    async def is_ready(self) -> bool:
        assert self.process.returncode is None, "ingest ended"
        return await is_ready(self.edge.base_url.port or 0)

    async def terminates(self) -> bool:
        """Sends SIGTERM; returns whether the process then ended with code 0."""
        self.process.send_signal(signal.SIGTERM)
        return await asyncio.wait_for(self.process.wait(), 60) == 0


@asynccontextmanager
async def ingest_process(
    kafka_url: str, mongodb_url: str, namespace: str, *, ghl_settings: Any = None, **env: str
) -> AsyncIterator[IngestProcess]:
    """Yields a ready process. `ghl_settings` change the simulated GHL, `env` the environment."""
    port = free_port()
    edge_url = f"http://127.0.0.1:{port}"
    async with simulated_ghl(edge_url, **(ghl_settings or {})) as (ghl, ghl_url):
        environment = {
            **os.environ,
            "SLIPWAY_KAFKA_URL": kafka_url,
            "SLIPWAY_MONGODB_URL": mongodb_url,
            "SLIPWAY_NAMESPACE": namespace,
            "SLIPWAY_INGEST_PORT": str(port),
            "SLIPWAY_INGEST_LOCATIONS": json.dumps({DEMO_LOCATION.id: DEMO_LOCATION.token}),
            "SLIPWAY_INGEST_WORKFLOW_SECRET": WORKFLOW_SECRET,
            "SLIPWAY_INGEST_GHL_URL": ghl_url,
            "SLIPWAY_INGEST_GHL_PUBLIC_KEYS": ghl.signer.public_pem,
            "SLIPWAY_INGEST_PLANS": str(PLANS),
            "SLIPWAY_INGEST_REQUESTS_PER_10_SECONDS": "100000",
            "SLIPWAY_INGEST_API_LAG_SECONDS": "3",
            **env,
        }
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "slipway.ingest", env=environment, stdout=DEVNULL
        )
        try:
            async with httpx.AsyncClient(base_url=edge_url, timeout=30) as edge:
                running = IngestProcess(ghl, edge, process, kafka_url, namespace)
                await eventually(running.is_ready)
                yield running
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()
