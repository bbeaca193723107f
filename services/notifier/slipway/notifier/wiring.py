"""The one place that knows which adapters are real: clock, ids, MongoDB, Kafka, channels."""

import asyncio
import contextlib
from collections.abc import Coroutine
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
from aiokafka.client import AIOKafkaClient
from fastapi import FastAPI
from motor.motor_asyncio import AsyncIOMotorClient, AsyncIOMotorDatabase

from slipway.contracts import topics
from slipway.contracts.envelope import Recorded
from slipway.eventstore.due_work import DueWork
from slipway.eventstore.mongo import MongoEventStore
from slipway.eventstore.relay import Relay
from slipway.eventstore.store import StoreUnavailable
from slipway.messaging.consumer import Consumers, Inbox, Member
from slipway.messaging.producer import open_producer
from slipway.messaging.topics_admin import ensure_topics
from slipway.notifier import inbox as inboxes
from slipway.notifier.customers import Directory
from slipway.notifier.expectations import decider as expectation
from slipway.notifier.expectations.handler import Promises
from slipway.notifier.incidents import decider as incident
from slipway.notifier.incidents.correlation import Attribution
from slipway.notifier.incidents.intake import IncidentDesk
from slipway.notifier.incidents.symptoms import Symptoms
from slipway.notifier.monitoring.fallback_alerts import LastResort, backing, itself
from slipway.notifier.monitoring.health import Limits, VitalSigns
from slipway.notifier.monitoring.heartbeat_consumer import Ears
from slipway.notifier.monitoring.loop import Watch
from slipway.notifier.monitoring.portal_probe import Prober
from slipway.notifier.notifications import decider as notification
from slipway.notifier.notifications.channels.email import Email, Mailbox
from slipway.notifier.notifications.channels.slack import Slack
from slipway.notifier.notifications.port import Channel
from slipway.notifier.notifications.sender import Sender
from slipway.notifier.processed_versions import Seen
from slipway.notifier.settings import Mail, Settings
from slipway.notifier.worker import Worker
from slipway.telemetry.health import Health
from slipway.telemetry.heartbeat import SAMPLE_SECONDS, HeartbeatPublisher
from slipway.telemetry.process import run_until_stopped, serve_http

SERVICE = "notifier"
_WATCHED = ("ingest", "provisioner", "reporting")
_HEARD = [topics.HEARTBEATS, topics.PROBES]
_READ = [topic for topic in topics.ALL if topic not in {topics.WEBHOOKS, *_HEARD}]
_DEAD_MAN_SECONDS = 60.0


def utcnow() -> datetime:
    return datetime.now(UTC)


def channels_of(settings: Settings) -> list[Channel]:
    """In the order in which they are tried."""
    channels: list[Channel] = []
    if settings.notifier_slack_url is not None:
        channels.append(Slack(settings.notifier_slack_url.get_secret_value()))
    if settings.notifier_mail is not None:
        channels.append(Email(_mailbox(settings.notifier_mail)))
    if not channels:
        raise SystemExit("set SLIPWAY_NOTIFIER_SLACK_URL, SLIPWAY_NOTIFIER_MAIL, or both")
    return channels


def _mailbox(mail: Mail) -> Mailbox:
    return Mailbox(
        host=mail.host,
        port=mail.port,
        sender=mail.sender,
        recipients=mail.each_recipient,
        username=mail.username,
        password=None if mail.password is None else mail.password.get_secret_value(),
    )


def _database(settings: Settings) -> AsyncIOMotorDatabase[Any]:
    client: AsyncIOMotorClient[Any] = AsyncIOMotorClient(
        settings.mongodb_url, tz_aware=True, serverSelectionTimeoutMS=5000
    )
    return client[f"{settings.namespace}_{SERVICE}"]


async def serve(settings: Settings) -> None:
    """Until told to stop. The last resort runs from the first second, with or without a store."""
    notifier = Notifier(settings)
    await run_until_stopped([notifier.work(), notifier.last_resort.run(), notifier.dead_man()])


async def probe_only(settings: Settings) -> None:
    """Needs MongoDB and the portal alone: no Kafka and no channel."""
    prober = prober_of(settings, MongoEventStore(_database(settings)))
    if prober is None:
        raise SystemExit("SLIPWAY_NOTIFIER_PORTAL_KEY: the prober needs it to sign in")
    await run_until_stopped([prober.run()])


def prober_of(settings: Settings, store: MongoEventStore) -> Prober | None:
    key = settings.notifier_portal_key
    if key is None or not key.get_secret_value():
        return None
    client = httpx.AsyncClient(
        base_url=settings.notifier_probe_url or settings.notifier_portal_url,
        headers={"Authorization": f"Bearer {key.get_secret_value()}"},
    )
    return Prober(store, client, slot_seconds=settings.notifier_probe_seconds, clock=utcnow)


class Notifier:
    """What one process holds."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._owner = settings.notifier_instance
        self._database = _database(settings)
        self._store = MongoEventStore(self._database)
        self._channels = channels_of(settings)
        self._symptoms, self._seen = Symptoms(self._database), Seen(self._database)
        self._vital_signs = VitalSigns(
            _WATCHED,
            utcnow(),
            Limits(missing_after=timedelta(seconds=settings.notifier_missing_seconds)),
            own=(SERVICE, settings.notifier_instance),
        )
        first, later = (timedelta(seconds=each) for each in settings.notifier_reminder_seconds)
        self._pace = incident.Pace(first, later)
        self._incident_desk = IncidentDesk(self._store, self._symptoms, self._pace)
        self._due = self._due_work()
        self._consumers = self._inboxes()
        self._relay: Relay | None = None
        self.last_resort = LastResort(
            [
                backing("MongoDB", self._ask_mongodb),
                backing("Kafka", self._ask_kafka),
                itself(self._ask_itself, rests_on=("MongoDB", "Kafka")),
            ],
            self._channels,
            patience=timedelta(seconds=settings.notifier_outage_seconds),
            clock=utcnow,
        )

    async def work(self) -> None:
        await ensure_topics(self._settings.kafka_url, self._settings.namespace)
        await self._prepare()
        producer = await open_producer(
            self._settings.kafka_url, self._settings.namespace, source=SERVICE
        )
        self._relay = relay = Relay(
            self._database,
            producer.produce,
            service=SERVICE,
            owner=self._owner,
            namespace=self._settings.namespace,
        )
        await self._consumers.start()
        parts: list[Coroutine[Any, Any, None]] = [
            relay.run(),
            Watch(self._vital_signs, self._incident_desk, clock=utcnow).run(),
            HeartbeatPublisher(
                producer, SERVICE, self._settings.notifier_instance, self._sample
            ).run(),
            self._serve_http(),
            *(due.run() for due in (*self._due.values(), self._consumers.redriving(self._owner))),
        ]
        prober = prober_of(self._settings, self._store)
        if prober is not None:
            parts.append(prober.run())
        try:
            async with asyncio.TaskGroup() as group:
                for part in parts:
                    group.create_task(part)
        finally:
            await self._consumers.stop()
            await producer.stop()

    async def dead_man(self) -> None:
        """Somebody outside listens; when this ends, they tell."""
        url = self._settings.notifier_dead_man_url
        async with httpx.AsyncClient(timeout=10) as client:
            while url is not None:
                if self.last_resort.well and self._relay is not None:
                    with contextlib.suppress(httpx.HTTPError):
                        await client.get(url.get_secret_value())
                await asyncio.sleep(_DEAD_MAN_SECONDS)
        await asyncio.Event().wait()

    async def _prepare(self) -> None:
        while True:
            try:
                await self._store.prepare()
                await self._symptoms.prepare()
                await self._seen.prepare()
            except StoreUnavailable:
                await asyncio.sleep(1)
            else:
                return

    def _due_work(self) -> dict[str, DueWork]:
        sender = Sender(
            self._store,
            self._channels,
            clock=utcnow,
            portal_url=self._settings.notifier_portal_url,
            wake=self._wake,
        )
        worker = Worker(self._store, sender, clock=utcnow, pace=self._pace)
        steps = {
            expectation.DECIDER.category: worker.check_promise,
            incident.DECIDER.category: worker.remind,
            notification.DECIDER.category: worker.notify,
        }
        return {
            category: DueWork(self._store, category, step, owner=self._owner)
            for category, step in steps.items()
        }

    def _wake(self) -> None:
        for due in self._due.values():
            due.wake()

    def _inboxes(self) -> Consumers:
        settings, directory = self._settings, Directory(self._database)
        promise = timedelta(seconds=settings.notifier_promise_seconds)
        inbox = inboxes.Inbox(
            self._store,
            self._seen,
            Promises(self._store, directory, promise, self._wake),
            Attribution(self._store, directory, self._incident_desk),
            self._incident_desk,
            clock=utcnow,
            first_channel=self._channels[0].name,
            wake=self._wake,
        )

        async def handle(recorded: Recorded) -> None:
            if not await consumers.dead_letters.handle_command(recorded):
                await inbox.handle(recorded)

        # A group of its own for each process: one that shared its ears would hear only some.
        ears = f"{SERVICE}.ears-{settings.notifier_instance}"
        consumers = Consumers(
            settings.kafka_url,
            settings.namespace,
            [
                Inbox(SERVICE, _READ, handle),
                Inbox(ears, _HEARD, Ears(self._vital_signs, utcnow).handle),
            ],
            self._store,
            utcnow,
            Member(SERVICE, settings.notifier_instance),
        )
        return consumers

    async def _sample(self) -> dict[str, Any]:
        found: dict[str, Any] = {"lag": self._consumers.lag()}
        with contextlib.suppress(StoreUnavailable, TimeoutError):
            async with asyncio.timeout(SAMPLE_SECONDS / 2):
                if self._relay is not None:
                    found["oldest_unpublished_seconds"] = await self._relay.oldest_unpublished()
                now = utcnow()
                due = [await self._store.oldest_due(category) for category in self._due]
                late = [(now - at).total_seconds() for at in due if at is not None]
                found["oldest_due_seconds"] = max([0.0, *late])
        return found

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

    async def _ask_itself(self) -> None:
        if self._relay is None:
            return
        waited, well = await self._relay.oldest_unpublished(), self._consumers.progress()
        if self._vital_signs.is_stuck(utcnow(), unpublished_seconds=waited, progress=well):
            raise RuntimeError("its own relay, inbox or heartbeat does not get through")
