"""Starts the simulators and the four services over Kafka and MongoDB, each as its own process.

The demo, the chaos harness and the journey tests use it.
"""

import asyncio
import json
import os
import secrets
import shutil
import sys
import tempfile
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
from slipway.backing import Backing
from slipway.backing.child import free_port

from demo.kill_endpoint import serve_kill_endpoint
from demo.portal import Portal
from demo.processes import DidNotStart, Process
from demo.simulators_client import Simulators

INSTALLATION = "demo"
LOCATION = "locDEMOvps0000000001"
DAY_SECONDS = 10
HOLD_SECONDS = {"small": 0.0, "medium": 10.0, "large": 20.0}
SERVICES = ("ingest", "provisioner", "notifier", "reporting")
ADMIN = "admin@example.com"

_HERE = Path(__file__).parent
_START_SECONDS = 60.0
_USUAL = {"simulators": 8090, "reporting": 8083}

Say = Callable[[str], None]


@dataclass(frozen=True)
class Pace:
    """The durations of a run. The defaults are those of the demo."""

    boot_seconds: float = 2.0
    promise_seconds: float = 60.0
    """The time after which the notifier reports a change as late."""
    judge_seconds: float = 90.0
    """The time after which the simulators' ledger counts a VPS as lost."""
    task_deadline_seconds: float = 60.0
    poll_seconds: float = 5.0
    probe_seconds: float = 5.0
    outage_seconds: float = 60.0
    brake_floor: int = 200
    ghl_requests_per_10_seconds: int = 1000
    """Ten times the real limit, because the demo sells in a minute an agency's sales of a month."""
    extra: Mapping[str, str] = field(default_factory=dict)
    """More environment variables for the services and the simulators."""


class System:
    def __init__(
        self,
        backing: Backing,
        folder: Path,
        *,
        pace: Pace | None = None,
        seed: int = 7,
        usual_ports: bool = False,
    ) -> None:
        self.backing = backing
        self.folder = folder
        self.pace = pace or Pace()
        self._seed = seed
        self._namespace = f"demo{secrets.token_hex(3)}"
        names = ("simulators", "smtp", "kill_endpoint", *SERVICES)
        self._ports = {name: _port(_USUAL.get(name) if usual_ports else None) for name in names}
        self._secret = secrets.token_hex(24)
        self.processes: dict[str, Process] = {}
        self.simulators: Simulators
        self.portal: Portal

    @property
    def page_url(self) -> str:
        return f"http://127.0.0.1:{self._ports['simulators']}"

    @property
    def portal_url(self) -> str:
        return f"http://127.0.0.1:{self._ports['reporting']}"

    @property
    def edge_url(self) -> str:
        return f"http://127.0.0.1:{self._ports['ingest']}"

    @property
    def kill_port(self) -> int:
        return self._ports["kill_endpoint"]

    @property
    def traces_file(self) -> Path:
        return self.folder / "traces.jsonl"

    async def start(self, say: Say) -> None:
        say("starting the simulated environment: GHL, a cloud provider, Slack, a mailbox")
        addresses = await self._start_simulators()
        self.simulators = Simulators(self.page_url)
        env = self._environment(addresses)
        say("creating the portal's API keys")
        prober, admin = await asyncio.gather(
            self._reporting_prints(env, "key", "prober"),
            self._reporting_prints(env, "key", "demo", "--role", "admin"),
        )
        self.portal = Portal(self.portal_url, admin)
        # The notifier starts last. Its probe would count the portal's start as an outage.
        for name in ("ingest", "provisioner", "reporting"):
            say(f"starting {name}")
            await self._start(name, [f"slipway.{name}"], env)
        await self._until_ready("reporting")
        say("starting notifier")
        own = {"SLIPWAY_NOTIFIER_PROBE_API_KEY": prober}
        await self._start("notifier", ["slipway.notifier"], {**env, **own})
        for name in SERVICES:
            await self._until_ready(name)
        say("switching the demo's location to act")
        await self.portal.act(LOCATION)

    async def invite(self) -> str:
        """Returns a link by which the first admin signs up."""
        return await self._reporting_prints(self._env, "invite", ADMIN)

    async def stop(self) -> None:
        await asyncio.gather(
            *(self.processes[name].stop() for name in SERVICES if name in self.processes)
        )
        if "simulators" in self.processes:
            await self.processes["simulators"].stop()

    async def _start_simulators(self) -> dict[str, Any]:
        pace = self.pace
        env = {
            "SLIPWAY_SIM_PORT": str(self._ports["simulators"]),
            "SLIPWAY_SIM_SMTP_PORT": str(self._ports["smtp"]),
            "SLIPWAY_SIM_SEED": str(self._seed),
            "SLIPWAY_SIM_WEBHOOK_URL": f"{self.edge_url}/webhooks/ghl",
            "SLIPWAY_SIM_WORKFLOW_URL": f"{self.edge_url}/webhooks/workflow",
            "SLIPWAY_SIM_INSTALLATION": INSTALLATION,
            "SLIPWAY_SIM_BOOT_SECONDS": str(pace.boot_seconds),
            "SLIPWAY_SIM_SLA_SECONDS": str(pace.judge_seconds),
            "SLIPWAY_SIM_RETRY_SECONDS": "5",
            "SLIPWAY_SIM_REQUESTS_PER_10_SECONDS": str(pace.ghl_requests_per_10_seconds),
            "SLIPWAY_SIM_HOLD_SECONDS": json.dumps(HOLD_SECONDS),
            "SLIPWAY_SIM_KILL_URL": f"http://127.0.0.1:{self.kill_port}/processes",
            **pace.extra,
        }
        process = await self._start("simulators", ["slipway.simulators", "--json"], env)
        await self._until(lambda: process.log.exists() and "\n" in process.log.read_text(), process)
        addresses: dict[str, Any] = json.loads(process.log.read_text().splitlines()[0])
        return addresses

    def _environment(self, addresses: Mapping[str, Any]) -> dict[str, str]:
        pace, backing = self.pace, self.backing
        [token] = addresses["cloud_tokens"].values()
        self._env = {
            **addresses["environment"],
            "SLIPWAY_KAFKA_URL": backing.kafka_url,
            "SLIPWAY_MONGODB_URL": backing.mongodb_url,
            "SLIPWAY_NAMESPACE": self._namespace,
            "SLIPWAY_INSTALLATION": INSTALLATION,
            "SLIPWAY_TRACES_FILE": str(self.traces_file),
            "SLIPWAY_INGEST_PORT": str(self._ports["ingest"]),
            "SLIPWAY_INGEST_PLANS": str(_HERE / "plans.yaml"),
            "SLIPWAY_INGEST_POLL_SECONDS": str(pace.poll_seconds),
            "SLIPWAY_INGEST_API_LAG_SECONDS": "20",
            "SLIPWAY_INGEST_REQUESTS_PER_10_SECONDS": str(pace.ghl_requests_per_10_seconds),
            "SLIPWAY_PROVISIONER_PORT": str(self._ports["provisioner"]),
            "SLIPWAY_PROVISIONER_ACCOUNTS": json.dumps({"hetzner/main": token}),
            "SLIPWAY_PROVISIONER_HETZNER_URL": addresses["cloud"],
            "SLIPWAY_PROVISIONER_SPECS": str(_HERE.parent / "specs.yaml"),
            "SLIPWAY_PROVISIONER_BRAKE_FLOOR": str(pace.brake_floor),
            "SLIPWAY_NOTIFIER_PORT": str(self._ports["notifier"]),
            "SLIPWAY_NOTIFIER_PORTAL_URL": self.portal_url,
            "SLIPWAY_NOTIFIER_OVERDUE_SECONDS": str(pace.promise_seconds),
            "SLIPWAY_NOTIFIER_PROBE_SECONDS": str(pace.probe_seconds),
            "SLIPWAY_NOTIFIER_OUTAGE_SECONDS": str(pace.outage_seconds),
            "SLIPWAY_REPORTING_PORT": str(self._ports["reporting"]),
            "SLIPWAY_REPORTING_PUBLIC_URL": self.portal_url,
            "SLIPWAY_REPORTING_SESSION_SECRET": self._secret,
            "SLIPWAY_REPORTING_OKRS": str(_HERE.parent / "okrs.yaml"),
            "SLIPWAY_REPORTING_TASK_DEADLINE_SECONDS": str(pace.task_deadline_seconds),
            **pace.extra,
        }
        return self._env

    async def _start(self, name: str, arguments: list[str], env: Mapping[str, str]) -> Process:
        process = Process(name, arguments, env, self.folder / f"{name}.log")
        self.processes[name] = process
        await process.start()
        return process

    async def _until_ready(self, name: str) -> None:
        url = f"http://127.0.0.1:{self._ports[name]}/health/ready"
        process = self.processes[name]
        async with httpx.AsyncClient(trust_env=False) as client:
            async with asyncio.timeout(_START_SECONDS):
                while not await _answers(client, url):
                    if process.starts > 3:
                        raise DidNotStart(f"{name} keeps ending. Its log:\n{process.tail()}")
                    await asyncio.sleep(0.1)

    async def _until(self, condition: Callable[[], bool], process: Process) -> None:
        async with asyncio.timeout(_START_SECONDS):
            while not condition():
                if not process.alive:
                    raise DidNotStart(f"{process.name} ended. Its log:\n{process.tail()}")
                await asyncio.sleep(0.05)

    async def _reporting_prints(self, env: Mapping[str, str], *arguments: str) -> str:
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "slipway.reporting",
            *arguments,
            env={**os.environ, **env},
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        out, problem = await process.communicate()
        if process.returncode:
            raise DidNotStart(f"slipway.reporting {arguments[0]}: {problem.decode()}")
        return out.decode().split()[-1]


async def _answers(client: httpx.AsyncClient, url: str) -> bool:
    try:
        return (await client.get(url)).status_code == 200
    except httpx.HTTPError:
        return False


def _port(usual: int | None) -> int:
    """Returns the usual port if it is free, so that a bookmark works."""
    return free_port() if usual is None or _taken(usual) else usual


def _taken(port: int) -> bool:
    import socket  # noqa: PLC0415 - only needed here

    with socket.socket() as probe:
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return True
    return False


@asynccontextmanager
async def running(
    backing: Backing,
    *,
    say: Say = lambda _what: None,
    pace: Pace | None = None,
    seed: int = 7,
    keep: Path | None = None,
    usual_ports: bool = False,
) -> AsyncIterator[System]:
    """Yields the running system, and stops it after the block.

    Logs and traces stay in `keep`; without it they are deleted. `usual_ports` suits bookmarks, but
    two systems at once can't share them.
    """
    # In the launcher's folder, which the next run deletes if this one is killed.
    folder = keep or Path(tempfile.mkdtemp(prefix="demo-", dir=backing.folder))
    system = System(backing, folder, pace=pace, seed=seed, usual_ports=usual_ports)
    kill_endpoint = asyncio.create_task(
        serve_kill_endpoint(system.processes, system.kill_port, SERVICES)
    )
    try:
        await system.start(say)
        yield system
    finally:
        await system.stop()
        kill_endpoint.cancel()
        await asyncio.gather(kill_endpoint, return_exceptions=True)
        if keep is None:
            shutil.rmtree(folder, ignore_errors=True)
