"""GHL and the cloud in one process of their own, without faults and without limits."""

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import aiohttp
from slipway.backing.child import free_port
from slipway.simulators.ledger import vps_label

from demo.processes import DidNotStart, Process

INSTALLATION = "bench"
PRICE = "price_vps_small"

_START_SECONDS = 30.0
_LOOK_SECONDS = 0.25
_BUYERS = 8


class NotCreated(Exception):
    """Raised if servers are missing although the simulators had no fault."""


@dataclass(frozen=True)
class Providers:
    url: str
    environment: Mapping[str, str]
    """The environment variables that connect ingest to it."""
    cloud_token: str
    _http: aiohttp.ClientSession

    @property
    def locations(self) -> dict[str, str]:
        """Maps each GHL location to its token."""
        found: dict[str, str] = json.loads(self.environment["SLIPWAY_INGEST_LOCATIONS"])
        return found

    async def purchases(self, count: int) -> list[dict[str, Any]]:
        """Creates paid subscriptions whose webhooks are not sent."""
        room = asyncio.Semaphore(_BUYERS)

        async def buy(number: int) -> dict[str, Any]:
            asked = {"name": f"Customer {number}", "price": PRICE}
            async with (
                room,
                self._http.post(f"{self.url}/_sim/ghl/subscriptions", json=asked) as answer,
            ):
                answer.raise_for_status()
                found: dict[str, Any] = await answer.json()
                return found

        return await asyncio.gather(*(buy(number) for number in range(count)))

    async def created_at(
        self, purchases: list[dict[str, Any]], within_seconds: float
    ) -> list[float]:
        """Returns the time (`time.time()`) of each purchase's create request. Raises NotCreated."""
        labels = [vps_label(INSTALLATION, f"{one['stream']}-1") for one in purchases]
        try:
            async with asyncio.timeout(within_seconds):
                while True:
                    found = await self._servers()
                    if all(label in found for label in labels):
                        return [found[label] for label in labels]
                    await asyncio.sleep(_LOOK_SECONDS)
        except TimeoutError:
            found = await self._servers()
            missing = sum(label not in found for label in labels)
            raise NotCreated(f"{missing} of {len(labels)} after {within_seconds} s") from None

    async def _servers(self) -> dict[str, float]:
        async with self._http.get(f"{self.url}/_sim/cloud") as answer:
            rows = (await answer.json())["servers"]
        return {
            row["labels"].get("slipway-vps", ""): datetime.fromisoformat(
                row["created_at"]
            ).timestamp()
            for row in rows
        }


@asynccontextmanager
async def served(folder: Path) -> AsyncIterator[Providers]:
    log = folder / "providers.log"
    log.unlink(missing_ok=True)
    env = {
        "SLIPWAY_SIM_PORT": str(free_port()),
        "SLIPWAY_SIM_SMTP_PORT": "0",
        "SLIPWAY_SIM_SEED": "7",
        "SLIPWAY_SIM_INSTALLATION": INSTALLATION,
        "SLIPWAY_SIM_REQUESTS_PER_10_SECONDS": "0",
    }
    process = Process("providers", ["slipway.simulators", "--json"], env, log)
    await process.start()
    try:
        printed = await _printed(process, log)
        [token] = printed["cloud_tokens"].values()
        # Closed earlier than by the server, as a purchase on a closing connection is not retried.
        line = aiohttp.TCPConnector(keepalive_timeout=2.0)
        async with aiohttp.ClientSession(connector=line) as http:
            lifted = {"requests_per_hour": 0, "servers_per_project": 1_000_000}
            async with http.put(f"{printed['page']}/_sim/cloud/settings", json=lifted) as answer:
                answer.raise_for_status()
            yield Providers(printed["page"], printed["environment"], token, http)
    finally:
        await process.stop()


async def _printed(process: Process, log: Path) -> dict[str, Any]:
    async with asyncio.timeout(_START_SECONDS):
        while not (log.exists() and "\n" in log.read_text()):  # noqa: ASYNC240 - a line
            if not process.alive:
                raise DidNotStart(f"the providers ended. Its log:\n{process.tail()}")
            await asyncio.sleep(0.05)
    printed: dict[str, Any] = json.loads(log.read_text().splitlines()[0])  # noqa: ASYNC240
    return printed
