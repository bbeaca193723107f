"""`python -m slipway.provisioner` as its own process, with a simulated cloud on a loopback port.

The test publishes entitlements, deletion confirmations and commands, as ingest and the portal do.
"""

import asyncio
import json
import os
import sys
from asyncio.subprocess import DEVNULL, Process
from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar

from slipway.backing.child import free_port
from slipway.contracts import topics
from slipway.contracts.commands import SetLocationMode
from slipway.contracts.envelope import Message, Meta, Recorded
from slipway.contracts.ids import stream_of
from slipway.contracts.subscriptions import (
    CheckAnswer,
    EntitlementChecked,
    EntitlementEnded,
    EntitlementGranted,
    Verdict,
)
from slipway.contracts.vps import ReleaseRequested
from slipway.messaging.producer import Producer, open_producer
from slipway.simulators.cloud import Cloud, CloudSettings, Fault, FaultKind, Operation

from tests.support.builders.entitlements import LOCATION, entitlement
from tests.support.dsl.provisioner import ACCOUNT_ID, INSTALLATION, SPECS
from tests.support.dsl.waiting import PATIENCE_SECONDS, eventually
from tests.support.processes.readiness import is_ready
from tests.support.servers.simulated_cloud import real_clock, served_cloud
from tests.support.servers.topic_reader import everything_on

E = TypeVar("E", bound=Message)


@dataclass
class ProvisionerProcess:
    cloud: Cloud
    env: dict[str, str]
    producer: Producer
    process: Process | None = None
    _versions: defaultdict[str, int] = field(default_factory=lambda: defaultdict(int))

    async def start(self) -> None:
        command = (sys.executable, "-m", "slipway.provisioner")
        self.process = await asyncio.create_subprocess_exec(*command, env=self.env, stdout=DEVNULL)
        await eventually(self._is_ready)

    async def kill(self) -> None:
        """Sends SIGKILL."""
        assert self.process is not None
        if self.process.returncode is None:
            self.process.kill()
        await self.process.wait()

    async def terminates(self) -> bool:
        """Sends SIGTERM; returns whether the process then ended with code 0."""
        assert self.process is not None
        self.process.terminate()
        return await asyncio.wait_for(self.process.wait(), 60) == 0

    async def switch_to_act(self) -> None:
        about = {"command_id": "c1", "actor": "user:ada", "reason": "test"}
        command = SetLocationMode(
            **about, issued_at=datetime.now(UTC), location_id=LOCATION, mode="act"
        )
        await self._publish("command-c1", command)

    async def pays(self, customer: str) -> None:
        said = entitlement(Verdict.RUNNING, customer, datetime.now(UTC))
        await self._publish(_subscription(customer), EntitlementGranted(entitlement=said))

    async def cancels(self, customer: str) -> None:
        said = entitlement(Verdict.ABSENT, customer, datetime.now(UTC))
        await self._publish(_subscription(customer), EntitlementEnded(entitlement=said))

    async def confirms_deletion(self, customer: str) -> None:
        """Waits for a request for a deletion confirmation, and answers it once."""
        asked = await self.until(customer, ReleaseRequested)
        checked = EntitlementChecked(
            entitlement=entitlement(Verdict.ABSENT, customer, datetime.now(UTC)),
            vps_id=asked.vps_id,
            kind=asked.kind,
            nonce=asked.nonce,
            answer=CheckAnswer.CONFIRMED,
        )
        await self._publish(_subscription(customer), checked)

    def holds(self, operation: Operation) -> int:
        """Arms a fault and returns its id: the next such call is done only after `release`."""
        fault = Fault(FaultKind.SLOW, operation, count=1, seconds=600)
        return self.cloud.faults.arm(fault)

    def release(self) -> None:
        self.cloud.delays.release()

    async def until_held(self, id_: int) -> None:
        """Waits until the held call has arrived."""

        async def come() -> bool:
            return all(one["id"] != id_ for one in self.cloud.faults.describe())

        await eventually(come)

    async def events(self, customer: str) -> list[Message]:
        url, namespace = self.env["SLIPWAY_KAFKA_URL"], self.env["SLIPWAY_NAMESPACE"]
        stream = stream_of("vps", f"{LOCATION}:{customer}-1")
        records = await everything_on(url, namespace, topics.VPS)
        # By version, because after a kill the relay may publish some a second time.
        return list({one.version: one.event for one in records if one.stream == stream}.values())

    async def until(
        self, customer: str, type_: type[E], *, within_seconds: float = PATIENCE_SECONDS
    ) -> E:
        async def latest() -> E | None:
            found = [one for one in await self.events(customer) if isinstance(one, type_)]
            return found[-1] if found else None

        found = await eventually(latest, within_seconds=within_seconds)
        assert found is not None
        return found

    async def _publish(self, stream: str, event: Message) -> None:
        self._versions[stream] += 1
        version, meta = self._versions[stream], Meta(correlation_id=stream)
        now = datetime.now(UTC)
        await self.producer.publish(
            Recorded(stream=stream, version=version, time=now, event=event, meta=meta)
        )

    async def _is_ready(self) -> bool:
        assert self.process is not None
        assert self.process.returncode is None, "the provisioner ended"
        return await is_ready(self.env["SLIPWAY_PROVISIONER_PORT"])


def _subscription(customer: str) -> str:
    return stream_of("subscription", f"{LOCATION}:{customer}")


@asynccontextmanager
async def provisioner_process(
    kafka_url: str, mongodb_url: str, namespace: str, folder: Path, **more: str
) -> AsyncIterator[ProvisionerProcess]:
    """Yields a ready process whose location is set to act. `more` changes the environment."""
    specs = folder / "specs.yaml"
    specs.write_text(SPECS)
    with served_cloud(CloudSettings(boot_seconds=0.3), clock=real_clock) as served:
        env = {
            **os.environ,
            "SLIPWAY_KAFKA_URL": kafka_url,
            "SLIPWAY_MONGODB_URL": mongodb_url,
            "SLIPWAY_NAMESPACE": namespace,
            "SLIPWAY_INSTALLATION": INSTALLATION,
            "SLIPWAY_PROVISIONER_ACCOUNTS": json.dumps({ACCOUNT_ID: served.token}),
            "SLIPWAY_PROVISIONER_HETZNER_URL": served.endpoint,
            "SLIPWAY_PROVISIONER_SPECS": str(specs),
            "SLIPWAY_PROVISIONER_SETTLE_SECONDS": "3",
            "SLIPWAY_PROVISIONER_INVENTORY_SECONDS": "600",
            "SLIPWAY_PROVISIONER_PORT": str(free_port()),
            **more,
        }
        producer = await open_producer(kafka_url, namespace)
        running = ProvisionerProcess(served.cloud, env, producer)
        try:
            await running.start()
            await running.switch_to_act()
            yield running
        finally:
            await running.kill()
            await producer.stop()
