"""Connects the parts of ingest and chooses their adapters. The host runs the result.

Each of `edge`, `worker` and `poller` can run in its own process. The edge needs only Kafka, so an
outage of the store loses no webhook.
"""

from collections.abc import Set as AbstractSet

import httpx
from starlette.routing import Mount, Route, Router

from slipway.contracts import topics
from slipway.ingest.admin_commands import AdminCommands
from slipway.ingest.deliveries.decider import DELIVERY
from slipway.ingest.deliveries.hint_reader import HintReader
from slipway.ingest.deliveries.pending_hints import PendingHints
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
from slipway.ingest.subscriptions.checks.worker import CheckWorker
from slipway.ingest.subscriptions.decider import SUBSCRIPTION
from slipway.ingest.subscriptions.plans import Plans
from slipway.ingest.subscriptions.reader import RecordReader
from slipway.ingest.subscriptions.rereader import SubscriptionWorker
from slipway.ingest.write_back.decider import WRITE_BACK
from slipway.ingest.write_back.worker import WriteBackWorker
from slipway.messaging.consumer import Inbox, RawInbox
from slipway.runtime.host import Host, Needs, health_pages
from slipway.runtime.sources import monotonic, new_id

ROLES = ("edge", "worker", "poller")
WEBHOOK_PATH = "/webhooks/ghl"
WORKFLOW_PATH = "/webhooks/workflow"


def wired(settings: Settings, plans: Plans, roles: AbstractSet[str]) -> Host:
    host = Host(settings.process, works="worker" in roles)
    host.ready_when(kafka=lambda: host.producer.is_open)
    _serve_edge(settings, host, roles)
    ghl = _ghl(settings, host)
    silence = settings.ingest_min_silence_seconds
    silence_monitor = SilenceMonitor(host.store, new_id=new_id, min_silence_seconds=silence)
    reader, lag = RecordReader(host.store, ghl, plans, host.clock), settings.ingest_api_lag_seconds
    hints = HintReader(ghl, reader)
    deliveries = DeliveryWorker(host.store, hints, clock=host.clock, api_lag_seconds=lag)
    wake_deliveries = host.work_on(DELIVERY.category, deliveries.step).wake
    checks = CheckWorker(host.store, reader, PendingHints(host.store).contradict, clock=host.clock)
    subscriptions = SubscriptionWorker(host.store, reader, checks.step, clock=host.clock)
    host.work_on(SUBSCRIPTION.category, subscriptions.step)
    host.work_on(WRITE_BACK.category, WriteBackWorker(host.store, ghl, clock=host.clock).step)
    _consume(settings, host, silence_monitor)
    if "worker" in roles:
        host.run("silence monitor", lambda: silence_monitor.run(host.clock))
    for location in settings.ingest_locations if "poller" in roles else ():
        poller = Poller(
            location,
            host.store,
            ghl,
            silence_monitor,
            plans,
            clock=host.clock,
            wake=wake_deliveries,
            every_seconds=settings.ingest_poll_seconds,
        )
        host.run(f"poll {location}", poller.run, needs=Needs.STORE)
    return host


def _ghl(settings: Settings, host: Host) -> GhlClient:
    http = httpx.AsyncClient(
        base_url=settings.ingest_ghl_url,
        timeout=httpx.Timeout(10.0, connect=3.0),
        transport=AiohttpTransport(connections=64),
    )
    host.on_close(http.aclose)
    requests = settings.ingest_requests_per_10_seconds
    caller = ApiCaller(
        http, settings.ingest_locations, requests_per_10_seconds=requests, clock=monotonic
    )
    return GhlClient(caller)


def _serve_edge(settings: Settings, host: Host, roles: AbstractSet[str]) -> None:
    topic = f"{settings.namespace}.{topics.WEBHOOKS.name}"
    credentials = Credentials(
        load_keys(settings.ingest_ghl_public_keys or HIGHLEVEL_PEM),
        settings.ingest_workflow_secret.get_secret_value(),
    )
    edge = Edge(host.producer.produce, topic, credentials, clock=host.clock, new_id=new_id)
    host.counters = edge.counters
    # Outside FastAPI, because its tracing would continue the traceparent of an unauthenticated
    # caller, and costs as much as checking the signature.
    routes = [
        Route(WEBHOOK_PATH, edge.signed, methods=["POST"]),
        Route(WORKFLOW_PATH, edge.workflow, methods=["POST"]),
    ]
    served = routes if "edge" in roles else []
    host.serve_pages(lambda router: Router([*served, Mount("/", health_pages(router))]))


def _consume(settings: Settings, host: Host, silence_monitor: SilenceMonitor) -> None:
    locations = settings.ingest_locations.keys()
    webhooks = WebhookInbox(
        host.store,
        locations,
        clock=host.clock,
        wake=lambda: host.wake(DELIVERY.category),
        record_activity=silence_monitor.record_activity,
        counters=host.counters,
    )
    proofs = VpsInbox(
        host.store,
        clock=host.clock,
        wake_checks=lambda: host.wake(SUBSCRIPTION.category),
        wake_write_back=lambda: host.wake(WRITE_BACK.category),
    )
    commands = AdminCommands(
        host.store,
        KafkaRawBodies(settings.kafka_url, settings.namespace),
        locations,
        clock=host.clock,
        wake_deliveries=lambda: host.wake(DELIVERY.category),
        wake_reads=lambda: host.wake(SUBSCRIPTION.category),
    )
    host.consume(
        RawInbox("ingest.webhooks", topics.WEBHOOKS, webhooks.on_batch),
        Inbox("ingest.vps", [topics.VPS], proofs.on_vps, wants=HANDLED_EVENTS),
        Inbox("ingest.commands", [topics.COMMANDS], commands.on_command),
    )
