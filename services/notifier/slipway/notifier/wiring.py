"""Connects the parts of the notifier and chooses their adapters. The host runs the result."""

from datetime import timedelta

import httpx

from slipway.contracts import topics
from slipway.eventstore.mongo import MongoEventStore
from slipway.messaging.consumer import Inbox
from slipway.notifier import inbox as inboxes
from slipway.notifier.configured_channels import channels_of
from slipway.notifier.customers import CustomerDirectory
from slipway.notifier.expectations import decider as expectation
from slipway.notifier.expectations.handler import ExpectationHandler
from slipway.notifier.incidents import decider as incident
from slipway.notifier.incidents.commands import ReminderSchedule
from slipway.notifier.incidents.correlation import Correlation
from slipway.notifier.incidents.intake import IncidentIntake
from slipway.notifier.incidents.symptoms import Symptoms
from slipway.notifier.monitoring.dead_mans_switch import DeadMansSwitch
from slipway.notifier.monitoring.fallback_alerts import (
    FallbackAlerts,
    backing_service,
    notifier_itself,
)
from slipway.notifier.monitoring.health import HealthEvaluator, Limits
from slipway.notifier.monitoring.heartbeat_consumer import HeartbeatConsumer
from slipway.notifier.monitoring.loop import HealthCheckLoop
from slipway.notifier.monitoring.portal_probe import PortalProber
from slipway.notifier.notifications import decider as notification
from slipway.notifier.notifications.port import NotificationChannel
from slipway.notifier.notifications.sender import Sender
from slipway.notifier.processed_versions import ProcessedVersions
from slipway.notifier.settings import Settings
from slipway.runtime.host import Host, Needs
from slipway.runtime.mongo import open_database
from slipway.runtime.sources import Clock, utcnow
from slipway.telemetry.process import run_until_stopped

_MONITORED = ("ingest", "provisioner", "reporting")
_HEALTH_TOPICS = [topics.HEARTBEATS, topics.PROBES]
_EVENT_TOPICS = [topic for topic in topics.ALL if topic not in {topics.WEBHOOKS, *_HEALTH_TOPICS}]


async def probe_only(settings: Settings) -> None:
    """Runs only the portal probe. It needs MongoDB and the portal, but no Kafka and no channel."""
    database = open_database(settings.mongodb_url, settings.namespace, "notifier")
    prober = prober_of(settings, MongoEventStore(database), utcnow)
    if prober is None:
        raise SystemExit("set SLIPWAY_NOTIFIER_PROBE_API_KEY: the portal probe signs in with it")
    await run_until_stopped([prober.run()])


def prober_of(settings: Settings, store: MongoEventStore, clock: Clock) -> PortalProber | None:
    """Returns the portal prober, or None without an API key, because it can't sign in then."""
    key = settings.notifier_probe_api_key
    if key is None or not key.get_secret_value():
        return None
    portal_url = settings.notifier_probe_url or settings.notifier_portal_url
    bearer = {"Authorization": f"Bearer {key.get_secret_value()}"}
    client = httpx.AsyncClient(base_url=portal_url, headers=bearer)
    return PortalProber(store, client, slot_seconds=settings.notifier_probe_seconds, clock=clock)


def wired(settings: Settings) -> Host:
    channels, host = channels_of(settings), Host(settings.process)
    symptoms = Symptoms(host.database)
    host.prepare_store(symptoms.prepare)
    schedule = ReminderSchedule(*map(_seconds, settings.notifier_reminder_seconds))
    intake = IncidentIntake(host.store, symptoms, clock=host.clock, schedule=schedule)
    timeout = _seconds(settings.notifier_heartbeat_timeout_seconds)
    own, limits = ("notifier", settings.notifier_instance), Limits(missing_after=timeout)
    evaluator = HealthEvaluator(_MONITORED, host.clock(), limits, own)
    url = settings.notifier_portal_url
    sender = Sender(host.store, channels, clock=host.clock, portal_url=url, wake=host.wake)
    host.work_on(incident.DECIDER.category, intake.remind)
    host.work_on(notification.DECIDER.category, sender.send)
    host.run("health checks", HealthCheckLoop(evaluator, intake, clock=host.clock).run)
    prober = prober_of(settings, host.store, host.clock)
    if prober is not None:
        host.run("portal probe", prober.run)
    events = _event_inbox(settings, host, intake, channels[0])
    # Each process has its own consumer group for heartbeats, because each needs all of them.
    group = f"notifier.heartbeats-{settings.notifier_instance}"
    heartbeats = HeartbeatConsumer(evaluator, host.clock)
    host.consume(
        Inbox("notifier", _EVENT_TOPICS, events.handle),
        Inbox(group, _HEALTH_TOPICS, heartbeats.handle),
    )
    _alert_without_store(settings, host, channels, evaluator)
    return host


def _seconds(number: float) -> timedelta:
    return timedelta(seconds=number)


def _event_inbox(
    settings: Settings, host: Host, intake: IncidentIntake, first_channel: NotificationChannel
) -> inboxes.Inbox:
    directory, processed = CustomerDirectory(host.database), ProcessedVersions(host.database)
    host.prepare_store(processed.prepare)
    overdue = _seconds(settings.notifier_overdue_seconds)
    expectations = ExpectationHandler(
        host.store, directory, overdue, clock=host.clock, wake=host.wake
    )
    host.work_on(expectation.DECIDER.category, expectations.check_overdue)
    return inboxes.Inbox(
        host.store,
        processed,
        expectations,
        Correlation(host.store, directory, intake),
        intake,
        clock=host.clock,
        first_channel=first_channel.name,
        wake=host.wake,
    )


def _alert_without_store(
    settings: Settings,
    host: Host,
    channels: list[NotificationChannel],
    evaluator: HealthEvaluator,
) -> None:
    """Adds the background tasks that run from the start, even without MongoDB and Kafka (H18)."""

    async def check_itself() -> None:
        if host.is_started:
            waited = await host.relay.oldest_unpublished()
            evaluator.check_itself(host.clock(), waited, progress=host.has_progress())

    alerts = FallbackAlerts(
        [
            backing_service("MongoDB", host.ask_mongodb),
            backing_service("Kafka", host.ask_kafka),
            notifier_itself(check_itself, depends_on=("MongoDB", "Kafka")),
        ],
        channels,
        announce_after=_seconds(settings.notifier_outage_seconds),
        clock=host.clock,
    )
    host.run("fallback alerts", alerts.run, needs=Needs.NOTHING)
    host.ready_when(started=lambda: host.is_started, backing=lambda: alerts.healthy)
    if settings.notifier_dead_mans_switch_url is not None:
        url = settings.notifier_dead_mans_switch_url.get_secret_value()
        switch = DeadMansSwitch(url, lambda: alerts.healthy and host.is_started)
        host.run("dead man's switch", switch.run, needs=Needs.NOTHING)
