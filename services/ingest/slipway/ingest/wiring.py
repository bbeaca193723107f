"""The one place that knows which adapters are real: clock, ids, MongoDB, Kafka, GHL, telemetry.

Each role runs by itself: the edge needs Kafka alone, so a store that is away costs no webhook.
"""

import asyncio
import contextlib
import time
import uuid
from collections.abc import Coroutine, Mapping
from collections.abc import Set as AbstractSet
from datetime import UTC, datetime
from typing import Any

import httpx
from fastapi import FastAPI
from motor.motor_asyncio import AsyncIOMotorClient
from starlette.routing import Mount, Route, Router

from slipway.contracts import topics
from slipway.contracts.envelope import Recorded
from slipway.eventstore.due_work import DueWork
from slipway.eventstore.mongo import MongoEventStore
from slipway.eventstore.relay import Relay
from slipway.eventstore.store import StoreUnavailable
from slipway.ingest.admin_commands import AdminCommands
from slipway.ingest.deliveries.decider import DELIVERY
from slipway.ingest.deliveries.hint_reader import HintReader
from slipway.ingest.deliveries.raw_bodies import KafkaRawBodies
from slipway.ingest.deliveries.worker import DeliveryWorker
from slipway.ingest.edge.webhook import Credentials, Edge
from slipway.ingest.ghl.caller import ApiCaller
from slipway.ingest.ghl.client import GhlClient
from slipway.ingest.ghl.public_keys import HIGHLEVEL_PEM, load_keys
from slipway.ingest.ghl.transport import AiohttpTransport
from slipway.ingest.inbox import HANDLED_EVENTS, VpsInbox, WebhookInbox
from slipway.ingest.polling.poller import Poller
from slipway.ingest.polling.silence_monitor import SilenceMonitor
from slipway.ingest.settings import Settings
from slipway.ingest.startup import KafkaDoor, once_there
from slipway.ingest.subscriptions.check_worker import CheckWorker
from slipway.ingest.subscriptions.decider import SUBSCRIPTION
from slipway.ingest.subscriptions.plans import Plans
from slipway.ingest.subscriptions.reader import RecordReader
from slipway.ingest.write_back.decider import WRITE_BACK
from slipway.ingest.write_back.worker import WriteBackWorker
from slipway.messaging.consumer import Consumers, Inbox, Member, RawInbox
from slipway.messaging.producer import Producer, open_producer
from slipway.messaging.topics_admin import ensure_topics
from slipway.telemetry.health import Health
from slipway.telemetry.heartbeat import SAMPLE_SECONDS, HeartbeatPublisher
from slipway.telemetry.process import run_until_stopped, serve_http

SERVICE = "ingest"
ROLES = ("edge", "worker", "poller")
WEBHOOK_PATH = "/webhooks/ghl"
WORKFLOW_PATH = "/webhooks/workflow"


def utcnow() -> datetime:
    return datetime.now(UTC)


def new_id() -> str:
    return uuid.uuid4().hex


async def serve(settings: Settings, plans: Plans, roles: AbstractSet[str]) -> None:
    """Until told to stop."""
    ingest = Ingest(settings, plans)
    try:
        await run_until_stopped(ingest.parts(roles))
    finally:
        await ingest.close()


class Ingest:
    """What one process holds; `parts` are what runs side by side."""

    def __init__(self, settings: Settings, plans: Plans) -> None:
        self._settings = settings
        self._plans = plans
        self._owner = settings.ingest_instance
        self._topic = f"{settings.namespace}.{topics.WEBHOOKS.name}"
        self.kafka = KafkaDoor(lambda: _open_kafka(settings))
        self._mongo = _open_mongo(settings)
        self._database = self._mongo[f"{settings.namespace}_{SERVICE}"]
        self._store = MongoEventStore(self._database)
        self._http = httpx.AsyncClient(
            base_url=settings.ingest_ghl_url,
            timeout=httpx.Timeout(10.0, connect=3.0),
            transport=AiohttpTransport(connections=64),
        )
        self._edge = Edge(
            self.kafka.produce,
            self._topic,
            Credentials(
                load_keys(settings.ingest_ghl_public_keys or HIGHLEVEL_PEM),
                settings.ingest_workflow_secret.get_secret_value(),
            ),
            clock=utcnow,
            new_id=new_id,
        )
        self._ghl = GhlClient(
            ApiCaller(
                self._http,
                settings.ingest_locations,
                requests_per_10_seconds=settings.ingest_requests_per_10_seconds,
                clock=time.monotonic,
            )
        )
        self._silence_monitor = SilenceMonitor(
            self._store, new_id=new_id, min_silence_seconds=settings.ingest_min_silence_seconds
        )
        self._relay = Relay(
            self._database,
            self.kafka.produce,
            service=SERVICE,
            owner=self._owner,
            namespace=settings.namespace,
        )
        self._due = self._due_work(RecordReader(self._store, self._ghl, plans, utcnow))
        self._consumers = self._inboxes()

    @property
    def counters(self) -> Mapping[str, int]:
        """What the edge counted since the start."""
        return self._edge.counters

    def parts(self, roles: AbstractSet[str]) -> list[Coroutine[Any, Any, None]]:
        parts = [self.kafka.open(), self._serve_http(roles), self._beat()]
        if "worker" in roles:
            parts.append(self._work())
        if "poller" in roles:
            parts += [self._poll(location) for location in self._settings.ingest_locations]
        return parts

    async def close(self) -> None:
        await self._http.aclose()
        await self.kafka.close()
        self._mongo.close()

    def _due_work(self, reader: RecordReader) -> dict[str, DueWork]:
        deliveries = DeliveryWorker(
            self._store,
            HintReader(self._ghl, reader),
            clock=utcnow,
            api_lag_seconds=self._settings.ingest_api_lag_seconds,
        )
        steps = {
            DELIVERY.category: deliveries.step,
            SUBSCRIPTION.category: CheckWorker(self._store, reader, clock=utcnow).step,
            WRITE_BACK.category: WriteBackWorker(self._store, self._ghl, clock=utcnow).step,
        }
        return {
            category: DueWork(self._store, category, step, owner=self._owner)
            for category, step in steps.items()
        }

    def _inboxes(self) -> Consumers:
        locations = self._settings.ingest_locations.keys()
        wake = {category: due.wake for category, due in self._due.items()}
        webhooks = WebhookInbox(
            self._store,
            locations,
            clock=utcnow,
            wake=wake[DELIVERY.category],
            record_activity=self._silence_monitor.record_activity,
            counters=self._edge.counters,
        )
        proofs = VpsInbox(
            self._store,
            clock=utcnow,
            wake_checks=wake[SUBSCRIPTION.category],
            wake_write_back=wake[WRITE_BACK.category],
        )
        admin_commands = AdminCommands(
            self._store,
            KafkaRawBodies(self._settings.kafka_url, self._settings.namespace),
            locations,
            clock=utcnow,
            wake_deliveries=wake[DELIVERY.category],
            wake_reads=wake[SUBSCRIPTION.category],
        )

        async def on_command(record: Recorded) -> None:
            if not await consumers.dead_letters.handle_command(record):
                await admin_commands.on_command(record)

        consumers = Consumers(
            self._settings.kafka_url,
            self._settings.namespace,
            [
                RawInbox("ingest.webhooks", topics.WEBHOOKS, webhooks.on_batch),
                Inbox("ingest.vps", [topics.VPS], proofs.on_vps, wants=HANDLED_EVENTS),
                Inbox("ingest.commands", [topics.COMMANDS], on_command),
            ],
            self._store,
            utcnow,
            Member(SERVICE, self._settings.ingest_instance),
        )
        return consumers

    async def _work(self) -> None:
        """Inboxes, due work and relay, as soon as Kafka and MongoDB are there."""
        await self.kafka.opened()
        await once_there("MongoDB", self._store.prepare)
        await self._consumers.start()
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self._relay.run())
                group.create_task(self._silence_monitor.run(utcnow))
                for due in (*self._due.values(), self._consumers.redriving(self._owner)):
                    group.create_task(due.run())
        finally:
            # What was not committed comes again; an outage must not keep us from ending.
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(10):
                    await self._consumers.stop()

    async def _poll(self, location: str) -> None:
        await once_there("MongoDB", self._store.prepare)
        poller = Poller(
            location,
            self._store,
            self._ghl,
            self._silence_monitor,
            self._plans,
            clock=utcnow,
            wake=self._due[DELIVERY.category].wake,
            every_seconds=self._settings.ingest_poll_seconds,
        )
        await poller.run()

    async def _beat(self) -> None:
        await self.kafka.opened()

        async def sample() -> dict[str, Any]:
            # Counters first: they need no store, and refusals must be seen in its outage too.
            found: dict[str, Any] = {"counters": dict(self._edge.counters)}
            with contextlib.suppress(StoreUnavailable, TimeoutError):
                async with asyncio.timeout(SAMPLE_SECONDS / 2):
                    found["oldest_unpublished_seconds"] = await self._relay.oldest_unpublished()
                    found["oldest_due_seconds"] = await self._oldest_due_seconds()
            return found | {"lag": self._consumers.lag()}

        await HeartbeatPublisher(self.kafka, SERVICE, self._settings.ingest_instance, sample).run()

    async def _oldest_due_seconds(self) -> float:
        now = utcnow()
        due = [await self._store.oldest_due(category) for category in self._due]
        return max((max((now - at).total_seconds(), 0.0) for at in due if at), default=0.0)

    async def _serve_http(self, roles: AbstractSet[str]) -> None:
        pages = FastAPI(title="Slipway ingest", docs_url=None, redoc_url=None, openapi_url=None)
        health = Health(
            {"inboxes": self._consumers.progress}, {"kafka": lambda: self.kafka.is_open}
        )
        pages.include_router(health.router)
        # Outside FastAPI: its own tracing would begin our trace with whatever traceparent a
        # stranger sends, and costs as much as checking the signature.
        edge = [
            Route(WEBHOOK_PATH, self._edge.signed, methods=["POST"]),
            Route(WORKFLOW_PATH, self._edge.workflow, methods=["POST"]),
        ]
        app = Router([*(edge if "edge" in roles else []), Mount("/", pages)])
        await serve_http(app, host=self._settings.ingest_host, port=self._settings.ingest_port)


def _open_mongo(settings: Settings) -> AsyncIOMotorClient[Any]:
    return AsyncIOMotorClient(
        settings.mongodb_url,
        tz_aware=True,
        serverSelectionTimeoutMS=5000,
        # A server that hangs without closing its connections would hold every step for ever.
        socketTimeoutMS=20_000,
    )


async def _open_kafka(settings: Settings) -> Producer:
    await ensure_topics(settings.kafka_url, settings.namespace)
    return await open_producer(settings.kafka_url, settings.namespace, source=SERVICE)
