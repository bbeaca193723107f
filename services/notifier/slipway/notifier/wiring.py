"""The one place that knows which adapters are real: clock, ids, MongoDB, Kafka, channels."""

import asyncio
import contextlib
import time
from collections.abc import Coroutine
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
from aiokafka.client import AIOKafkaClient
from fastapi import FastAPI
from motor.motor_asyncio import AsyncIOMotorClient

from slipway.contracts import topics
from slipway.contracts.envelope import Recorded
from slipway.eventstore.due_work import DueWork
from slipway.eventstore.mongo import MongoEventStore
from slipway.eventstore.relay import Relay
from slipway.eventstore.store import StoreUnavailable
from slipway.messaging.consumer import Consumers, Inbox, Member
from slipway.messaging.producer import open_producer
from slipway.messaging.topics_admin import ensure_topics
from slipway.notifier import expectation, incident, notification
from slipway.notifier import inbox as inboxes
from slipway.notifier.channels.email import Email
from slipway.notifier.channels.slack import Slack
from slipway.notifier.directory import Directory
from slipway.notifier.incident_desk import IncidentDesk
from slipway.notifier.last_resort import LastResort
from slipway.notifier.ports import Channel
from slipway.notifier.prober import Prober
from slipway.notifier.settings import Settings, mailbox
from slipway.notifier.symptoms import Symptoms
from slipway.notifier.vital_signs import Limits, VitalSigns
from slipway.notifier.watch import Watch
from slipway.notifier.worker import Worker
from slipway.telemetry.health import Health
from slipway.telemetry.heartbeat import SAMPLE_SECONDS, Heart
from slipway.telemetry.process import run_until_stopped, serve_http

SERVICE = "notifier"
_WATCHED = ("ingest", "provisioner", "reporting")
_READ = [topic for topic in topics.ALL if topic is not topics.WEBHOOKS]
_DEAD_MAN_SECONDS = 60.0


def utcnow() -> datetime:
    return datetime.now(UTC)


def channels_of(settings: Settings) -> list[Channel]:
    """In the order in which they are tried."""
    channels: list[Channel] = []
    if settings.notifier_slack_url is not None:
        channels.append(Slack(settings.notifier_slack_url.get_secret_value()))
    if settings.notifier_mail is not None:
        channels.append(Email(mailbox(settings.notifier_mail)))
    return channels


async def serve(settings: Settings) -> None:
    """Until told to stop. The last resort runs from the first second, with or without a store."""
    notifier = Notifier(settings)
    await run_until_stopped([notifier.work(), notifier.last_resort.run(), notifier.dead_man()])


async def probe_only(settings: Settings) -> None:
    notifier = Notifier(settings)
    prober = notifier.prober()
    if prober is None:
        raise SystemExit("SLIPWAY_NOTIFIER_PORTAL_KEY: the prober needs it to sign in")
    await run_until_stopped([prober.run()])


class Notifier:
    """What one process holds."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._owner = settings.notifier_instance
        self._mongo: AsyncIOMotorClient[Any] = AsyncIOMotorClient(
            settings.mongodb_url, tz_aware=True, serverSelectionTimeoutMS=5000
        )
        self._database = self._mongo[f"{settings.namespace}_{SERVICE}"]
        self._store = MongoEventStore(self._database)
        self._channels = channels_of(settings)
        self.last_resort = LastResort(
            {"MongoDB": self._ask_mongodb, "Kafka": self._ask_kafka},
            self._channels,
            patience_seconds=settings.notifier_outage_seconds,
            monotonic=time.monotonic,
        )
        self._symptoms = Symptoms(self._database)
        self._vital_signs = VitalSigns(
            _WATCHED,
            utcnow(),
            Limits(missing_after=timedelta(seconds=settings.notifier_missing_seconds)),
        )
        self._incident_desk = IncidentDesk(self._store, self._symptoms, utcnow)
        self._due = self._due_work()
        self._consumers = self._inboxes()

    async def work(self) -> None:
        await ensure_topics(self._settings.kafka_url, self._settings.namespace)
        await self._prepare()
        producer = await open_producer(
            self._settings.kafka_url, self._settings.namespace, source=SERVICE
        )
        relay = Relay(
            self._database,
            producer.produce,
            service=SERVICE,
            owner=self._owner,
            namespace=self._settings.namespace,
        )
        await self._consumers.start()
        prober = self.prober()
        parts: list[Coroutine[Any, Any, None]] = [
            relay.run(),
            Watch(self._vital_signs, self._incident_desk, clock=utcnow).run(),
            Heart(producer, SERVICE, self._settings.notifier_instance, self._sample(relay)).run(),
            self._serve_http(),
            *(due.run() for due in (*self._due.values(), self._consumers.redriving(self._owner))),
        ]
        if prober is not None:
            parts.append(prober.run())
        try:
            async with asyncio.TaskGroup() as group:
                for part in parts:
                    group.create_task(part)
        finally:
            await self._consumers.stop()
            await producer.stop()

    def prober(self) -> Prober | None:
        key = self._settings.notifier_portal_key
        if key is None or not key.get_secret_value():
            return None
        client = httpx.AsyncClient(
            base_url=self._settings.notifier_probe_url or self._settings.notifier_portal_url,
            headers={"Authorization": f"Bearer {key.get_secret_value()}"},
        )
        slot_seconds = self._settings.notifier_probe_seconds
        return Prober(self._store, client, slot_seconds=slot_seconds, clock=utcnow)

    async def dead_man(self) -> None:
        """Somebody outside listens; when this ends, they tell."""
        url = self._settings.notifier_dead_man_url
        async with httpx.AsyncClient(timeout=10) as client:
            while url is not None:
                if self.last_resort.well and self._consumers.progress():
                    with contextlib.suppress(httpx.HTTPError):
                        await client.get(url.get_secret_value())
                await asyncio.sleep(_DEAD_MAN_SECONDS)
        await asyncio.Event().wait()

    async def _prepare(self) -> None:
        while True:
            try:
                await self._store.prepare()
                await self._symptoms.prepare()
            except StoreUnavailable:
                await asyncio.sleep(1)
            else:
                return

    def _due_work(self) -> dict[str, DueWork]:
        worker = Worker(
            self._store,
            self._channels,
            clock=utcnow,
            portal_url=self._settings.notifier_portal_url,
            wake=lambda: self._due[notification.DECIDER.category].wake(),  # noqa: PLW0108 - made below
        )
        steps = {
            expectation.DECIDER.category: worker.check_promise,
            incident.DECIDER.category: worker.remind,
            notification.DECIDER.category: worker.notify,
        }
        return {
            category: DueWork(self._store, category, step, owner=self._owner)
            for category, step in steps.items()
        }

    def _inboxes(self) -> Consumers:
        def wake() -> None:
            for due in self._due.values():
                due.wake()

        inbox = inboxes.Inbox(
            self._store,
            Directory(self._database),
            self._incident_desk,
            self._vital_signs,
            clock=utcnow,
            promise=timedelta(seconds=self._settings.notifier_promise_seconds),
            first_channel=self._channels[0].name,
            wake=wake,
        )

        async def handle(recorded: Recorded) -> None:
            if not await consumers.desk.on_command(recorded):
                await inbox.handle(recorded)

        consumers = Consumers(
            self._settings.kafka_url,
            self._settings.namespace,
            [Inbox(SERVICE, _READ, handle)],
            self._store,
            utcnow,
            Member(SERVICE, self._settings.notifier_instance),
        )
        return consumers

    def _sample(self, relay: Relay) -> Any:
        async def sample() -> dict[str, Any]:
            found: dict[str, Any] = {"lag": self._consumers.lag()}
            with contextlib.suppress(StoreUnavailable, TimeoutError):
                async with asyncio.timeout(SAMPLE_SECONDS / 2):
                    found["oldest_unpublished_seconds"] = await relay.oldest_unpublished()
                    now = utcnow()
                    due = [await self._store.oldest_due(category) for category in self._due]
                    late = [(now - at).total_seconds() for at in due if at is not None]
                    found["oldest_due_seconds"] = max([0.0, *late])
            return found

        return sample

    async def _serve_http(self) -> None:
        app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
        app.include_router(
            Health(
                {"inbox": self._consumers.progress}, {"backing": lambda: self.last_resort.well}
            ).router
        )
        await serve_http(app, host=self._settings.notifier_host, port=self._settings.notifier_port)

    async def _ask_mongodb(self) -> None:
        await self._database.command("ping")

    async def _ask_kafka(self) -> None:
        client = AIOKafkaClient(bootstrap_servers=self._settings.kafka_url)
        try:
            await client.bootstrap()
        finally:
            await client.close()
