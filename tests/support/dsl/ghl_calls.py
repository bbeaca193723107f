"""The simulated GHL connected to ingest in memory: its calls reach the edge when a test says so.

The workers ask the simulated API over HTTP, without a socket. Kafka and MongoDB are in memory.
"""

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from itertools import count
from pathlib import Path
from typing import Any

import httpx
from pydantic import SecretStr
from slipway.ingest.edge.webhook import Credentials, Edge, Headers
from slipway.ingest.ghl.caller import ApiCaller
from slipway.ingest.ghl.client import GhlClient
from slipway.ingest.ghl.public_keys import load_keys
from slipway.ingest.subscriptions.plans import parse_plans
from slipway.messaging.consumer import RawRecord
from slipway.simulators.fault_triggers import FaultTrigger
from slipway.simulators.ghl.api.routes import build_api
from slipway.simulators.ghl.billing import Ghl
from slipway.simulators.ghl.records.catalog import DEMO_LOCATION
from slipway.simulators.ghl.settings import GhlSettings
from slipway.simulators.ghl.webhooks.deliveries import Delivery

from tests.support.builders.ghl_records import LOCATION
from tests.support.dsl.edge import calling
from tests.support.dsl.ingest import IngestInMemory

_PLANS = parse_plans((Path(__file__).parents[3] / "plans.yaml").read_text())
_SETTINGS = GhlSettings(
    locations=(replace(DEMO_LOCATION, id=LOCATION),),
    webhook_url="/signed",
    workflow_url="/workflow",
    requests_per_10_seconds=0,
)


@dataclass
class GhlCalls:
    ingest: IngestInMemory
    ghl: Ghl
    edge: httpx.AsyncClient
    _taken: int = 0

    def new_calls(self) -> list[Delivery]:
        """Returns GHL's calls since the last time, in their order."""
        log = list(self.ghl.deliveries.log)
        new, self._taken = log[self._taken :], len(log)
        return new

    async def call(self, delivery: Delivery) -> None:
        """Sends the call once, as GHL does. The inbox handles at once what the edge accepted."""
        answer = await self.edge.post(
            str(delivery.url), content=delivery.body, headers=delivery.headers
        )
        assert answer.status_code == 200

    async def poll(self) -> None:
        """Runs two passes of the poller, then all work that follows from them."""
        for _ in range(2):
            await self.ingest.poller.poll_once()
        await self.ingest.work_for(130, every=65)

    async def streams(self) -> dict[str, list[Any]]:
        """Returns the events of every stream, except those of the deliveries."""
        store = self.ingest.store
        return {
            name: [(one.version, one.event) for one in await store.read(name)]
            for name in store._streams
            if not name.startswith("delivery-")
        }


@dataclass
class _WebhookTopic:
    """Hands each record that the edge produces to the inbox."""

    ingest: IngestInMemory
    _offsets: "count[int]" = field(default_factory=count)

    async def produce(self, _topic: str, _key: bytes | None, body: bytes, headers: Headers) -> None:
        text = {name: value.decode() for name, value in headers}
        record = RawRecord("webhooks", 0, next(self._offsets), None, body, text, 0)
        await self.ingest.webhooks.on_batch([record])


@asynccontextmanager
async def ghl_calling_ingest() -> AsyncIterator[GhlCalls]:
    ingest = IngestInMemory()
    random_source = random.Random(5)  # noqa: S311 - a seed
    ghl = Ghl(ingest.clock, random_source, _SETTINGS, sleep=asyncio.sleep)
    # GHL itself sends nothing. Its log keeps the calls, and the test sends them.
    ghl.deliveries.faults.drop = FaultTrigger(1.0)
    edge = Edge(
        _WebhookTopic(ingest).produce,
        "t.webhooks",
        Credentials(load_keys(ghl.signer.public_pem), _SETTINGS.workflow_secret),
        clock=ingest.clock,
        new_id=lambda: "id",
    )
    transport = httpx.ASGITransport(build_api(ghl))
    async with (
        httpx.AsyncClient(transport=transport, base_url="http://ghl") as client,
        calling(edge) as edge_client,
    ):
        api = GhlClient(
            ApiCaller(
                client,
                {LOCATION: SecretStr(DEMO_LOCATION.token)},
                requests_per_10_seconds=100_000,
                clock=lambda: ingest.clock().timestamp(),
            )
        )
        ingest.works_with(api, _PLANS)
        yield GhlCalls(ingest, ghl, edge_client)
