"""`python -m slipway.notifier` as its own process, with fake Slack and SMTP servers."""

import asyncio
import json
import os
import sys
import time
from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime

from slipway.backing.child import free_port
from slipway.contracts import topics
from slipway.contracts.commands import AcknowledgeIncident
from slipway.contracts.envelope import Message, Meta, Recorded
from slipway.contracts.incidents import IncidentOpened
from slipway.messaging.producer import Producer, open_producer

from tests.support.dsl.waiting import eventually
from tests.support.processes.readiness import is_ready
from tests.support.servers.slack_and_smtp import FakeMail, FakeSlack, fake_mail, fake_slack
from tests.support.servers.topic_reader import everything_on


@dataclass
class RunningNotifier:
    env: dict[str, str]
    slack: FakeSlack
    mail: FakeMail
    producer: Producer
    process: asyncio.subprocess.Process | None = None
    _versions: defaultdict[str, int] = field(default_factory=lambda: defaultdict(int))

    async def start(self) -> None:
        self.process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "slipway.notifier"),
            env=self.env,
            stdout=asyncio.subprocess.DEVNULL,
        )
        await eventually(self._is_ready)

    async def kill(self) -> None:
        """Sends SIGKILL."""
        assert self.process is not None
        self.process.kill()
        await self.process.wait()

    async def publish(self, stream: str, event: Message) -> None:
        """Publishes an event in place of the service that owns the stream."""
        self._versions[stream] += 1
        now = datetime.now(UTC)
        await self.producer.publish(
            Recorded(
                stream=stream,
                version=self._versions[stream],
                time=now,
                event=event,
                meta=Meta(correlation_id=stream),
            )
        )

    async def acknowledge(self, incident_id: str) -> None:
        command = AcknowledgeIncident(
            command_id="c1",
            issued_at=datetime.now(UTC),
            actor="user:ada",
            reason="on it",
            incident_id=incident_id,
        )
        await self.publish("command-c1", command)

    async def incidents(self) -> list[IncidentOpened]:
        url, namespace = self.env["SLIPWAY_KAFKA_URL"], self.env["SLIPWAY_NAMESPACE"]
        records = await everything_on(url, namespace, topics.INCIDENTS)
        return [one.event for one in records if isinstance(one.event, IncidentOpened)]

    async def until_slack(self, start: str, *, count: int = 1) -> float:
        """Waits for so many messages whose subject starts like this; returns the seconds waited."""
        return await _until(self.slack.texts, f"*{start}", count)

    async def until_mail(self, start: str, *, count: int = 1) -> float:
        return await _until(self.mail.texts, start, count)

    def on_slack(self, start: str) -> list[str]:
        return [text for text in self.slack.texts() if f"*{start}" in text]

    async def _is_ready(self) -> bool:
        assert self.process is not None
        assert self.process.returncode is None, "the notifier ended"
        return await is_ready(self.env["SLIPWAY_NOTIFIER_PORT"])


async def _until(texts: object, start: str, count: int) -> float:
    began = time.monotonic()

    async def there() -> bool:
        found = texts()  # type: ignore[operator]
        return len([text for text in found if start in text.split("\n")[0]]) >= count

    await eventually(there)
    return time.monotonic() - began


@asynccontextmanager
async def running_notifier(
    kafka_url: str, mongodb_url: str, namespace: str, **settings: object
) -> AsyncIterator[RunningNotifier]:
    """`settings` are the SLIPWAY_NOTIFIER_… variables, in lower case and without this prefix."""
    async with fake_slack() as slack, fake_mail() as mail:
        own = {f"SLIPWAY_NOTIFIER_{name.upper()}": str(value) for name, value in settings.items()}
        mailbox = {
            "host": "127.0.0.1",
            "port": mail.port,
            "sender": "slipway@x.example",
            "recipients": "admin@x.example",
        }
        env = {
            **os.environ,
            "SLIPWAY_KAFKA_URL": kafka_url,
            "SLIPWAY_MONGODB_URL": mongodb_url,
            "SLIPWAY_NAMESPACE": namespace,
            "SLIPWAY_NOTIFIER_SLACK_URL": slack.url,
            "SLIPWAY_NOTIFIER_MAIL": json.dumps(mailbox),
            "SLIPWAY_NOTIFIER_PORT": str(free_port()),
            "SLIPWAY_NOTIFIER_PORTAL_URL": "https://portal.example",
            # Only one test is about missing heartbeats, and it changes this value.
            "SLIPWAY_NOTIFIER_HEARTBEAT_TIMEOUT_SECONDS": "600",
            **own,
        }
        producer = await open_producer(kafka_url, namespace)
        running = RunningNotifier(env, slack, mail, producer)
        try:
            await running.start()
            yield running
        finally:
            slack.let_go.set()
            await running.kill()
            await producer.stop()
