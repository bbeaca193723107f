"""A simulated GHL with a hand clock, and a receiver of its webhooks on a real socket."""

import asyncio
import contextlib
import json
import random
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import httpx
from slipway.simulators.ghl.api.routes import build_api
from slipway.simulators.ghl.billing import Ghl
from slipway.simulators.ghl.records.catalog import DEMO_LOCATION
from slipway.simulators.ghl.settings import GhlSettings
from starlette.requests import Request
from starlette.responses import Response

from tests.support.fakes.clock import HandClock
from tests.support.servers.asgi import served_app

LOCATION = DEMO_LOCATION
NOW = datetime(2026, 10, 5, 9, 15, tzinfo=UTC)
WHERE = {"altId": LOCATION.id, "altType": "location"}


@dataclass
class GhlSimulation:
    ghl: Ghl
    clock: HandClock
    waited: list[float] = field(default_factory=list)
    """The pauses of GHL in seconds. They take no real time."""

    def customer(self, name: str = "Ada Example") -> str:
        return self.ghl.add_customer(name).id

    def api(self, token: str = LOCATION.token, version: str = "2021-07-28") -> httpx.AsyncClient:
        return httpx.AsyncClient(
            transport=httpx.ASGITransport(build_api(self.ghl)),
            base_url="http://ghl",
            headers={"Authorization": f"Bearer {token}", "Version": version},
        )

    async def settled(self) -> None:
        """Waits until every delivery has ended or is held."""
        await asyncio.gather(*self.ghl.deliveries._tasks)


def ghl_simulation(**settings: Any) -> GhlSimulation:
    clock, waited = HandClock(NOW), []

    async def sleep(seconds: float) -> None:
        waited.append(seconds)
        await asyncio.sleep(0)

    rng = random.Random(7)  # noqa: S311 - a seed, no secret
    ghl = Ghl(clock, rng, GhlSettings(**settings), sleep=sleep)
    return GhlSimulation(ghl, clock, waited)


@dataclass
class Receiver:
    """Answers each request with the next status, and repeats the last one."""

    statuses: list[int]
    url: str = ""
    bodies: list[bytes] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)

    @property
    def payloads(self) -> list[dict[str, Any]]:
        return [json.loads(body) for body in self.bodies]

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        request = Request(scope, receive)
        self.bodies.append(await request.body())
        self.headers.append(dict(request.headers))
        status = self.statuses.pop(0) if len(self.statuses) > 1 else self.statuses[0]
        await Response("{}", status)(scope, receive, send)


@contextlib.asynccontextmanager
async def receiver(*statuses: int) -> AsyncIterator[Receiver]:
    app = Receiver(list(statuses) or [200])
    async with served_app(app) as url:
        app.url = f"{url}/"
        yield app
