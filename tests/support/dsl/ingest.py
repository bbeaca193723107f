"""Ingest in memory: a test delivers bodies, moves the clock, and reads the streams."""

import contextlib
import json
from collections import Counter
from itertools import count
from typing import Any

from slipway.contracts.deliveries import DeliveryChannel
from slipway.contracts.envelope import Event, Meta, Recorded
from slipway.contracts.ids import stream_of
from slipway.eventstore.store import VersionConflict
from slipway.ingest.admin_commands import AdminCommands
from slipway.ingest.deliveries.envelope import ReceivedWebhook, kafka_headers
from slipway.ingest.deliveries.hint_reader import HintReader
from slipway.ingest.deliveries.pending_hints import PendingHints
from slipway.ingest.deliveries.worker import DeliveryWorker
from slipway.ingest.ghl.port import GhlApi
from slipway.ingest.inbox import VpsInbox, WebhookInbox
from slipway.ingest.polling.poller import Poller
from slipway.ingest.polling.silence_monitor import SilenceMonitor
from slipway.ingest.subscriptions.checks.worker import CheckWorker
from slipway.ingest.subscriptions.plans import Plans
from slipway.ingest.subscriptions.reader import RecordReader
from slipway.ingest.subscriptions.rereader import SubscriptionWorker
from slipway.ingest.write_back.worker import WriteBackWorker
from slipway.messaging.consumer import RawRecord

from tests.support.builders.ghl_records import LOCATION, NOW, PLANS, SUBSCRIPTION
from tests.support.fakes.clock import HandClock
from tests.support.fakes.ghl import FakeGhl
from tests.support.fakes.recording_store import RecordingStore

ID = f"{LOCATION}:{SUBSCRIPTION}"


class KeptBodies:
    """Keeps the delivered bodies, as Kafka does."""

    def __init__(self) -> None:
        self.kept: dict[int, bytes] = {}

    async def body(self, ref: Any) -> bytes | None:
        return self.kept.get(ref.offset)


def _nothing() -> None:
    return


class IngestInMemory:
    """`before` simulates a restart: only its store, its GHL, its bodies and its clock survive."""

    def __init__(self, plans: Plans = PLANS, before: "IngestInMemory | None" = None) -> None:
        self.clock: HandClock = before.clock if before else HandClock(NOW)
        self.store: RecordingStore = before.store if before else RecordingStore(self.clock)
        self.ghl: FakeGhl = before.ghl if before else FakeGhl()
        self.bodies: KeptBodies = before.bodies if before else KeptBodies()
        self.counters: Counter[str] = Counter()
        self._ids = (f"id{n}" for n in count(1))
        self._offsets = count(len(self.bodies.kept))
        store, clock = self.store, self.clock
        self.plans = plans
        self.silence_monitor = SilenceMonitor(
            store, new_id=lambda: next(self._ids), min_silence_seconds=60
        )
        self.webhooks = WebhookInbox(
            store,
            {LOCATION},
            clock=clock,
            wake=_nothing,
            record_activity=self.silence_monitor.record_activity,
            counters=self.counters,
        )
        self.vps = VpsInbox(store, clock=clock, wake_checks=_nothing, wake_write_back=_nothing)
        self.admin_commands = AdminCommands(
            store,
            self.bodies,
            {LOCATION},
            clock=clock,
            wake_deliveries=_nothing,
            wake_reads=_nothing,
        )
        self.works_with(self.ghl, plans)

    def works_with(self, ghl: GhlApi, plans: Plans) -> None:
        store, clock = self.store, self.clock
        self.reader = RecordReader(store, ghl, plans, clock)
        self.steps = {
            "delivery": DeliveryWorker(
                store, HintReader(ghl, self.reader), clock=clock, api_lag_seconds=240
            ).step,
            "subscription": SubscriptionWorker(
                store,
                self.reader,
                CheckWorker(store, self.reader, PendingHints(store).contradict, clock=clock).step,
                clock=clock,
            ).step,
            "writeback": WriteBackWorker(store, ghl, clock=clock).step,
        }
        self.poller = Poller(
            LOCATION, store, ghl, self.silence_monitor, plans, clock=clock, wake=_nothing
        )

    async def deliver(self, body: Any, channel: DeliveryChannel = DeliveryChannel.WORKFLOW) -> str:
        """Delivers a body through envelope and inbox; returns the stream of the delivery."""
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        offset = next(self._offsets)
        self.bodies.kept[offset] = raw
        arrival = ReceivedWebhook(
            channel, self.clock(), f"c{offset}", f"00-{offset + 1:032x}-{1:016x}-01"
        )
        headers = {name: value.decode() for name, value in kafka_headers(arrival)}
        record = RawRecord("webhooks", 0, offset, None, raw, headers, 0)
        await self.webhooks.on_batch([record])
        webhook_id = body.get("webhookId") if isinstance(body, dict) else None
        known_as = f"signed:{webhook_id}" if webhook_id else f"webhooks/0/{offset}"
        return stream_of("delivery", known_as)

    async def work(self, *categories: str) -> None:
        """Runs all due steps, until no work is due."""
        for category in categories or self.steps:
            for turn in range(50):
                claims = await self.store.claim(category, f"test#{turn}", 30, 16)
                if not claims:
                    break
                for claim in claims:
                    with contextlib.suppress(VersionConflict):
                        await self.steps[category](claim)
                    await self.store.release(claim)
            else:
                raise AssertionError(f"{category} never comes to rest")

    async def work_for(self, seconds: float, every: float = 1.0) -> None:
        await self.work()
        for _ in range(int(seconds / every)):
            self.clock.forward(every)
            await self.work()

    async def events(self, stream: str) -> list[Event]:
        return [r.event for r in await self.store.read(stream) if isinstance(r.event, Event)]

    async def subscription(self, id_: str = SUBSCRIPTION) -> list[Event]:
        return await self.events(stream_of("subscription", f"{LOCATION}:{id_}"))

    async def read(self) -> None:
        """Reads the subscription once, without a delivery."""
        await self.reader.read(ID, Meta(correlation_id="reader"))

    async def record(self, event: Any, stream: str, version: int = 1) -> Recorded:
        return Recorded(
            stream=stream,
            version=version,
            time=self.clock(),
            event=event,
            meta=Meta(correlation_id="test", traceparent=f"00-{99:032x}-{1:016x}-01"),
        )


def call(status: str | None = None, **custom: Any) -> dict[str, Any]:
    """Returns the body of a workflow call about a subscription."""
    mapped = {"subscription_id": SUBSCRIPTION, "status": status, **custom}
    return {
        "location": {"id": LOCATION},
        "customData": {name: value for name, value in mapped.items() if value is not None},
    }
