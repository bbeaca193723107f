"""The one place that knows which adapters are real: clock, ids, chance, MongoDB, Kafka, clouds."""

import asyncio
import contextlib
import random
import uuid
from collections.abc import Coroutine
from datetime import UTC, datetime, timedelta
from typing import Any

from fastapi import FastAPI
from motor.motor_asyncio import AsyncIOMotorClient

from slipway.contracts import topics
from slipway.contracts.envelope import Recorded
from slipway.contracts.subscriptions import SubscriptionEvent
from slipway.contracts.vps import WithheldReason
from slipway.eventstore.due_work import DueWork
from slipway.eventstore.mongo import MongoEventStore
from slipway.eventstore.relay import Relay
from slipway.eventstore.store import StoreUnavailable
from slipway.messaging.consumer import Consumers, Inbox, Member
from slipway.messaging.producer import open_producer
from slipway.messaging.topics_admin import ensure_topics
from slipway.provisioner.accounts.decider import SCOPE
from slipway.provisioner.accounts.prober import Probing
from slipway.provisioner.inbox import CommandInbox, SubscriptionInbox
from slipway.provisioner.inventory.reconciler import Inventory
from slipway.provisioner.providers.deadline import boot_time
from slipway.provisioner.providers.hetzner.driver import Hetzner
from slipway.provisioner.providers.registry import PLACES, Clouds
from slipway.provisioner.safety.admission import Gate
from slipway.provisioner.safety.destruction_brake import Limits
from slipway.provisioner.settings import Settings
from slipway.provisioner.specs import Specs
from slipway.provisioner.vps.decider import VPS
from slipway.provisioner.worker.resume_withheld import Withheld
from slipway.provisioner.worker.worker import Outside, Worker
from slipway.provisioner.worker.worker import Settings as WorkerSettings
from slipway.telemetry.health import Health
from slipway.telemetry.heartbeat import SAMPLE_SECONDS, HeartbeatPublisher
from slipway.telemetry.process import run_until_stopped, serve_http

SERVICE = "provisioner"
_HAVING = [("vps", "server"), ("vps", "operation"), ("vps", "withheld")]
_ACCOUNTS_AT_ONCE = 4
"""So many may be slow at the same time, and the next is served all the same."""


class UnknownAccount(Exception):
    """A plan of specs.yaml names an account without a token, or a provider without a driver."""


def utcnow() -> datetime:
    return datetime.now(UTC)


def new_id() -> str:
    return uuid.uuid4().hex


def drivers_of(settings: Settings, specs: Specs) -> dict[str, Hetzner]:
    """Raises UnknownAccount."""
    tokens = settings.provisioner_accounts
    for account in specs.accounts:
        if account not in tokens:
            raise UnknownAccount(f"SLIPWAY_PROVISIONER_ACCOUNTS has no token for {account!r}")
    drivers = {}
    for account, token in tokens.items():
        if not account.startswith("hetzner/"):
            raise UnknownAccount(f"no driver for {account!r}: providers here are hetzner")
        drivers[account] = Hetzner(
            token.get_secret_value(),
            settings.provisioner_hetzner_url,
            account=account,
            settle_seconds=settings.provisioner_settle_seconds,
        )
    return drivers


async def serve(settings: Settings, specs: Specs) -> None:
    """Until told to stop."""
    await run_until_stopped([Provisioner(settings, specs).work()])


class Provisioner:
    """What one process holds."""

    def __init__(self, settings: Settings, specs: Specs) -> None:
        self._settings = settings
        self._owner = settings.provisioner_instance
        self._mongo: AsyncIOMotorClient[Any] = AsyncIOMotorClient(
            settings.mongodb_url, tz_aware=True, serverSelectionTimeoutMS=5000
        )
        self._database = self._mongo[f"{settings.namespace}_{SERVICE}"]
        self._store = MongoEventStore(self._database)
        self._clouds = Clouds(drivers_of(settings, specs), settings.installation)
        self._withheld = Withheld(self._store, utcnow, self._wake)
        self._probing = Probing(
            self._store,
            self._clouds.accounts,
            installation=settings.installation,
            clock=utcnow,
            released=lambda account_id: self._withheld.end(
                WithheldReason.ACCOUNT_PAUSED, account_id
            ),
        )
        self._inventory = Inventory(
            self._store,
            self._clouds,
            self._probing,
            installation=settings.installation,
            every_seconds=settings.provisioner_inventory_seconds,
            clock=utcnow,
        )
        self._due = self._due_work()
        self._consumers = self._inboxes(specs)

    async def work(self) -> None:
        settings = self._settings
        await ensure_topics(settings.kafka_url, settings.namespace)
        await self._prepare()
        producer = await open_producer(settings.kafka_url, settings.namespace, source=SERVICE)
        relay = Relay(
            self._database,
            producer.produce,
            service=SERVICE,
            owner=self._owner,
            namespace=settings.namespace,
        )
        await self._consumers.start()
        parts: list[Coroutine[Any, Any, None]] = [
            relay.run(),
            self._inventory.run(),
            HeartbeatPublisher(
                producer, SERVICE, settings.provisioner_instance, self._sample(relay)
            ).run(),
            self._serve_http(),
            *(due.run() for due in (*self._due.values(), self._consumers.redriving(self._owner))),
        ]
        try:
            async with asyncio.TaskGroup() as group:
                for part in parts:
                    group.create_task(part)
        finally:
            await self._consumers.stop()
            await producer.stop()
            self._mongo.close()

    def _wake(self) -> None:
        for due in self._due.values():
            due.wake()

    def _due_work(self) -> dict[str, DueWork]:
        settings = self._settings
        limits = Limits(settings.provisioner_brake_floor, settings.provisioner_brake_share)
        worker = Worker(
            self._store,
            self._clouds,
            Gate(self._store, limits, lambda: self._inventory.fleet),
            self._probing,
            WorkerSettings(
                settings.installation, timedelta(seconds=settings.provisioner_stalled_seconds)
            ),
            Outside(utcnow, boot_time, new_id, random.random),
        )
        at_once = PLACES * min(len(self._clouds.accounts), _ACCOUNTS_AT_ONCE)
        return {
            VPS.category: DueWork(
                self._store, VPS.category, worker.step, owner=self._owner, concurrency=at_once
            ),
            SCOPE.category: DueWork(
                self._store, SCOPE.category, self._probing.step, owner=self._owner
            ),
        }

    def _inboxes(self, specs: Specs) -> Consumers:
        subscriptions = SubscriptionInbox(self._store, specs, clock=utcnow, wake=self._wake)
        orders = CommandInbox(
            self._store,
            self._probing,
            installation=self._settings.installation,
            clock=utcnow,
            new_id=new_id,
            wake=self._wake,
            end_withholding=self._withheld.end,
        )

        async def on_command(record: Recorded) -> None:
            if not await consumers.dead_letters.handle_command(record):
                await orders.on_command(record)

        consumers = Consumers(
            self._settings.kafka_url,
            self._settings.namespace,
            [
                Inbox(
                    "provisioner.subscriptions",
                    [topics.SUBSCRIPTIONS],
                    subscriptions.on_subscription,
                    wants=(SubscriptionEvent,),
                ),
                Inbox("provisioner.commands", [topics.COMMANDS], on_command),
            ],
            self._store,
            utcnow,
            Member(SERVICE, self._settings.provisioner_instance),
        )
        return consumers

    async def _prepare(self) -> None:
        while True:
            try:
                await self._store.prepare(state_fields=_HAVING)
            except StoreUnavailable:
                await asyncio.sleep(1)
            else:
                return

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
        app.include_router(Health({"inboxes": self._consumers.progress}).router)
        settings = self._settings
        await serve_http(app, host=settings.provisioner_host, port=settings.provisioner_port)
