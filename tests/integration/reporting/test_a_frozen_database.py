"""A database that accepts connections but never answers is unavailable too."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from pymongo.uri_parser import parse_uri
from slipway.reporting.context import COOKIE
from slipway.reporting.settings import Settings
from slipway.reporting.web import application
from slipway.reporting.wiring import UNAVAILABLE, open_context
from slipway.runtime.sources import utcnow

from tests.support.servers.portal import (
    OKRS,
    SECRET,
    FakeCommandPublisher,
    ReadModels,
    read_models,
    signed_up,
)

pytestmark = pytest.mark.backing


class _Wire:
    """A connection to MongoDB that can be frozen: nothing is cut, nothing goes through."""

    def __init__(self, host: str, port: int) -> None:
        self._to = (host, port)
        self.flowing = asyncio.Event()
        self.flowing.set()

    async def carry(self, near: asyncio.StreamReader, back: asyncio.StreamWriter) -> None:
        far, forth = await asyncio.open_connection(*self._to)
        with contextlib.suppress(ConnectionError):
            await asyncio.gather(self._pump(near, forth), self._pump(far, back))

    async def _pump(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(65536):
            await self.flowing.wait()
            writer.write(data)
        writer.close()


@pytest.fixture
async def models(mongodb_url: str, namespace: str) -> AsyncIterator[ReadModels]:
    async with read_models(mongodb_url, namespace) as found:
        yield found


async def test_a_page_reports_a_frozen_database_and_recovers_when_it_thaws(
    mongodb_url: str, namespace: str, models: ReadModels
) -> None:
    wire = _Wire(*parse_uri(mongodb_url)["nodelist"][0])
    server = await asyncio.start_server(wire.carry, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    settings: Any = {
        "kafka_url": "127.0.0.1:1",
        "mongodb_url": f"mongodb://127.0.0.1:{port}/?directConnection=true",
        "reporting_session_secret": SECRET,
        "namespace": namespace,
    }
    context = open_context(Settings(**settings), OKRS, FakeCommandPublisher(models), utcnow)
    transport = httpx.ASGITransport(application(context, unavailable=UNAVAILABLE))
    client = httpx.AsyncClient(
        transport=transport, base_url="http://slipway", headers={"Accept": "text/html"}
    )
    async with client, asyncio.timeout(180):
        client.cookies.set(COOKIE, await signed_up(context))
        assert (await client.get("/servers")).status_code == 200
        wire.flowing.clear()
        async with asyncio.timeout(60):
            frozen = await client.get("/servers")
        assert (frozen.status_code, frozen.headers["refresh"]) == (503, "5")
        wire.flowing.set()
        while (await client.get("/servers")).status_code != 200:  # noqa: ASYNC110 - a server thaws
            await asyncio.sleep(0.1)
    server.close()
