"""The edge in memory, with a fake topic and an HTTP client."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
from slipway.ingest.edge.body import BodyReader
from slipway.ingest.edge.webhook import Credentials, Edge, Headers
from slipway.ingest.ghl.public_keys import load_keys
from starlette.applications import Starlette
from starlette.routing import Route

from tests.support.builders.ghl_key import GhlKey
from tests.support.builders.ghl_records import NOW

SECRET = "correct-horse-battery"
OLD, NEW, STRANGER = GhlKey(), GhlKey(), GhlKey()
BODY = '{"type":"OrderCreate","name":"Zoë 1.0"}'.encode()


class Topic:
    """Keeps the produced records. `trouble` makes it raise or hang."""

    def __init__(self) -> None:
        self.kept: list[tuple[bytes, Headers]] = []
        self.trouble: str | None = None

    async def produce(self, topic: str, key: bytes | None, value: bytes, headers: Headers) -> None:
        assert (topic, key) == ("t.webhooks", None)
        if self.trouble == "raises":
            raise ConnectionError("no broker")
        if self.trouble == "hangs":
            await asyncio.Event().wait()
        self.kept.append((value, headers))


def edge_on(topic: Topic, bodies: BodyReader | None = None) -> Edge:
    return Edge(
        topic.produce,
        "t.webhooks",
        Credentials(load_keys(OLD.pem + NEW.pem), SECRET),
        clock=lambda: NOW,
        new_id=lambda: "id",
        deadline_seconds=0.05,
        bodies=bodies,
    )


@asynccontextmanager
async def calling(edge: Edge) -> AsyncIterator[httpx.AsyncClient]:
    routes = [
        Route("/signed", edge.signed, methods=["POST"]),
        Route("/workflow", edge.workflow, methods=["POST"]),
    ]
    transport = httpx.ASGITransport(Starlette(routes=routes))
    async with httpx.AsyncClient(transport=transport, base_url="http://edge") as found:
        yield found
