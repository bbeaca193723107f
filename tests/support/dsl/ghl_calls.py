"""Ingest's whole path in one process against the simulated GHL, on a clock that a test moves.

GHL's calls go to the edge when the test says so, the edge's records to the inbox, and the workers
ask the simulated API over HTTP. Only Kafka and MongoDB are their twins in memory.
"""

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from itertools import count
from pathlib import Path
from typing import Any

import httpx
from pydantic import SecretStr
from slipway.ingest.edge.signature import load_keys
from slipway.ingest.edge.webhook import Access, Edge, Headers
from slipway.ingest.ghl.client import GhlApi
from slipway.ingest.subscriptions.plans import parse
from slipway.messaging.consumer import RawRecord
from slipway.simulators.chance import Chance
from slipway.simulators.ghl.api import build_api
from slipway.simulators.ghl.billing import Ghl
from slipway.simulators.ghl.catalog import DEMO_LOCATION
from slipway.simulators.ghl.deliveries import Delivery
from slipway.simulators.ghl.settings import GhlSettings

from tests.support.builders.ghl_records import LOCATION
from tests.support.dsl.edge import calling
from tests.support.dsl.ingest import IngestInMemory

_PLANS = parse((Path(__file__).parents[3] / "plans.yaml").read_text())
_SETTINGS = GhlSettings(
    locations=(replace(DEMO_LOCATION, id=LOCATION),),
    webhook_url="/signed",
    workflow_url="/workflow",
    requests_per_10_seconds=0,
)


class IngestWithGhl(IngestInMemory):
    edge: httpx.AsyncClient

    def __init__(self) -> None:
        super().__init__()
        rng = random.Random(5)  # noqa: S311 - a seed
        self.outside = Ghl(self.clock, rng, _SETTINGS, sleep=asyncio.sleep)
        # Nothing is sent by itself: the log keeps what GHL would have sent.
        self.outside.deliveries.faults.drop = Chance(1.0)
        self._told = 0
        self._places = count()

    def fresh(self) -> list[Delivery]:
        """GHL's calls since this was asked last, in their order."""
        log = list(self.outside.deliveries.log)
        new, self._told = log[self._told :], len(log)
        return new

    async def call(self, delivery: Delivery) -> None:
        """As GHL sends it, once; what the edge keeps is received at once."""
        answer = await self.edge.post(
            str(delivery.url), content=delivery.body, headers=delivery.headers
        )
        assert answer.status_code == 200

    async def keep(self, _topic: str, _key: bytes | None, body: bytes, headers: Headers) -> None:
        text = {name: value.decode() for name, value in headers}
        record = RawRecord("webhooks", 0, next(self._places), None, body, text, 0)
        await self.webhooks.on_batch([record])

    async def look_around(self) -> None:
        """The poller's two passes, and all that comes of them."""
        for _ in range(2):
            await self.poller.pass_once()
        await self.work_for(130, every=65)

    async def facts(self) -> dict[str, list[Any]]:
        """Every stream but the deliveries' own: what was understood and published."""
        return {
            name: [(one.version, one.event) for one in await self.store.read(name)]
            for name in self.store._streams
            if not name.startswith("delivery-")
        }


@asynccontextmanager
async def ingest_with_ghl() -> AsyncIterator[IngestWithGhl]:
    path = IngestWithGhl()
    transport = httpx.ASGITransport(build_api(path.outside))
    edge = Edge(
        path.keep,
        "t.webhooks",
        Access(load_keys(path.outside.signer.public_pem), _SETTINGS.workflow_secret),
        clock=path.clock,
        new_id=lambda: "id",
    )
    tokens = {LOCATION: SecretStr(DEMO_LOCATION.token)}
    async with (
        httpx.AsyncClient(transport=transport, base_url="http://ghl") as client,
        calling(edge) as path.edge,
    ):
        api = GhlApi(
            client,
            tokens,
            requests_per_10_seconds=100_000,
            clock=lambda: path.clock().timestamp(),
        )
        path.works_with(api, _PLANS)
        yield path
