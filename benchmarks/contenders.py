"""Starts Slipway's services, or the baseline, each as its own process."""

import asyncio
import json
import secrets
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import httpx
from slipway.backing import Backing
from slipway.backing.child import free_port
from slipway.contracts.commands import SetLocationMode
from slipway.contracts.envelope import Meta, Recorded
from slipway.contracts.ids import stream_of
from slipway.messaging.producer import open_producer
from slipway.messaging.topics_admin import ensure_topics

from benchmarks import webhooks
from benchmarks.simulated_providers import INSTALLATION, Providers
from demo.processes import DidNotStart, Process

_START_SECONDS = 60.0
_ROOT = Path(__file__).parents[1]
_NO_LIMIT = "1000000"


@dataclass(frozen=True)
class Bench:
    """The backing servers and the folder of one run."""

    backing: Backing
    folder: Path
    namespace: str = field(default_factory=lambda: f"bench{secrets.token_hex(4)}")

    @property
    def environment(self) -> dict[str, str]:
        return {
            "SLIPWAY_KAFKA_URL": self.backing.kafka_url,
            "SLIPWAY_MONGODB_URL": self.backing.mongodb_url,
            "SLIPWAY_NAMESPACE": self.namespace,
            "SLIPWAY_INSTALLATION": INSTALLATION,
            "SLIPWAY_INGEST_GHL_PUBLIC_KEYS": webhooks.PUBLIC_KEY,
        }


@asynccontextmanager
async def edge(bench: Bench, *roles: str) -> AsyncIterator[int]:
    """Starts ingest with these roles and without a GHL; yields its port."""
    env = _ingest_environment(bench, {"locBENCH000000000001": "pit-bench"}, "http://127.0.0.1:9")
    async with _serving(bench, ["slipway.ingest", *roles], "SLIPWAY_INGEST_PORT", env) as port:
        yield port


@asynccontextmanager
async def endpoint(bench: Bench) -> AsyncIterator[int]:
    await ensure_topics(bench.backing.kafka_url, bench.namespace)
    async with _bare(bench, "endpoint", bench.environment) as port:
        yield port


@asynccontextmanager
async def chain(bench: Bench, providers: Providers) -> AsyncIterator[int]:
    """Starts ingest without its poller, which might find purchases first, and the provisioner."""
    ghl = providers.environment["SLIPWAY_INGEST_GHL_URL"]
    ingest = _ingest_environment(bench, providers.locations, ghl)
    provisioner = {
        **bench.environment,
        "SLIPWAY_PROVISIONER_ACCOUNTS": json.dumps({"hetzner/main": providers.cloud_token}),
        "SLIPWAY_PROVISIONER_HETZNER_URL": f"{providers.url}/v1",
        "SLIPWAY_PROVISIONER_SPECS": str(_ROOT / "specs.yaml"),
    }
    async with AsyncExitStack() as stack:
        arguments = ["slipway.ingest", "edge", "worker"]
        port = await stack.enter_async_context(
            _serving(bench, arguments, "SLIPWAY_INGEST_PORT", ingest)
        )
        await stack.enter_async_context(
            _serving(bench, ["slipway.provisioner"], "SLIPWAY_PROVISIONER_PORT", provisioner)
        )
        await _act(bench, providers)
        yield port


@asynccontextmanager
async def baseline_chain(bench: Bench, providers: Providers) -> AsyncIterator[int]:
    await ensure_topics(bench.backing.kafka_url, bench.namespace)
    [(location, token)] = providers.locations.items()
    env = {
        **bench.environment,
        "BENCH_GHL_URL": providers.environment["SLIPWAY_INGEST_GHL_URL"],
        "BENCH_GHL_LOCATION": location,
        "BENCH_GHL_TOKEN": token,
        "BENCH_CLOUD_URL": f"{providers.url}/v1",
        "BENCH_CLOUD_TOKEN": providers.cloud_token,
    }
    async with _bare(bench, "ingest", env) as port, _bare(bench, "provisioner", env):
        yield port


def _ingest_environment(bench: Bench, locations: Mapping[str, str], ghl: str) -> dict[str, str]:
    return {
        **bench.environment,
        "SLIPWAY_INGEST_LOCATIONS": json.dumps(dict(locations)),
        "SLIPWAY_INGEST_WORKFLOW_SECRET": secrets.token_hex(24),
        "SLIPWAY_INGEST_GHL_URL": ghl,
        "SLIPWAY_INGEST_PLANS": str(_ROOT / "plans.yaml"),
        "SLIPWAY_INGEST_REQUESTS_PER_10_SECONDS": _NO_LIMIT,
    }


async def _act(bench: Bench, providers: Providers) -> None:
    """Sets the location to act, as the portal's button does. A new location only observes."""
    [location] = providers.locations
    now = datetime.now(UTC)  # noqa: TID251 - the id of a command
    command = SetLocationMode(
        command_id=secrets.token_hex(16),
        issued_at=now,
        actor="user:bench@example.com",
        reason="bench",
        location_id=location,
        mode="act",
    )
    producer = await open_producer(bench.backing.kafka_url, bench.namespace, source="bench")
    try:
        await producer.publish(
            Recorded(
                stream=stream_of("command", command.command_id),
                version=1,
                time=now,
                event=command,
                meta=Meta(correlation_id=command.command_id),
            )
        )
    finally:
        await producer.stop()


@asynccontextmanager
async def _bare(bench: Bench, name: str, env: Mapping[str, str]) -> AsyncIterator[int]:
    async with _serving(bench, [f"benchmarks.baseline.{name}"], "BENCH_PORT", env) as port:
        yield port


@asynccontextmanager
async def _serving(
    bench: Bench, arguments: Sequence[str], port_variable: str, env: Mapping[str, str]
) -> AsyncIterator[int]:
    """Yields the port of a ready process. Raises DidNotStart if the process died under the load."""
    port, name = free_port(), arguments[0]
    log = bench.folder / f"{bench.namespace}-{name}.log"
    process = Process(name, arguments, {**env, port_variable: str(port)}, log)
    await process.start()
    try:
        await _until_ready(process, f"http://127.0.0.1:{port}/health/ready")
        yield port
        if process.starts > 1:
            raise DidNotStart(f"{name} died under the load. Its log:\n{process.tail()}")
    finally:
        await process.stop()


async def _until_ready(process: Process, url: str) -> None:
    async with httpx.AsyncClient(trust_env=False) as client, asyncio.timeout(_START_SECONDS):
        while not await _answers(client, url):
            if process.starts > 1:
                raise DidNotStart(f"{process.name} ended. Its log:\n{process.tail()}")
            await asyncio.sleep(0.1)


async def _answers(client: httpx.AsyncClient, url: str) -> bool:
    try:
        return (await client.get(url)).status_code == 200
    except httpx.HTTPError:
        return False
