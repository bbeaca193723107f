"""Says which adapter goes where; the host runs them. No other module knows concrete channels."""

from datetime import timedelta

import httpx

from slipway.contracts import topics
from slipway.eventstore.mongo import MongoEventStore
from slipway.messaging.consumer import Inbox
from slipway.notifier import inbox as inboxes
from slipway.notifier.customers import Directory
from slipway.notifier.expectations import decider as expectation
from slipway.notifier.expectations.handler import Promises
from slipway.notifier.incidents import decider as incident
from slipway.notifier.incidents.correlation import Attribution
from slipway.notifier.incidents.intake import IncidentDesk
from slipway.notifier.incidents.symptoms import Symptoms
from slipway.notifier.monitoring.dead_man_switch import DeadManSwitch
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
from slipway.runtime.host import Host, Needs
from slipway.runtime.mongo import open_database
from slipway.runtime.sources import utcnow
from slipway.telemetry.process import run_until_stopped

_WATCHED = ("ingest", "provisioner", "reporting")
_HEARD = [topics.HEARTBEATS, topics.PROBES]
_READ = [topic for topic in topics.ALL if topic not in {topics.WEBHOOKS, *_HEARD}]


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
    password = None if mail.password is None else mail.password.get_secret_value()
    return Mailbox(mail.host, mail.port, mail.sender, mail.each_recipient, mail.username, password)


async def probe_only(settings: Settings) -> None:
    """Needs MongoDB and the portal alone: no Kafka and no channel."""
    database = open_database(settings.mongodb_url, settings.namespace, "notifier")
    prober = prober_of(settings, MongoEventStore(database))
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


def wired(settings: Settings) -> Host:
    channels, host = channels_of(settings), Host(settings.process)
    first, later = (timedelta(seconds=each) for each in settings.notifier_reminder_seconds)
    pace = incident.Pace(first, later)
    symptoms, seen = Symptoms(host.database), Seen(host.database)
    host.prepare_store(symptoms.prepare)
    host.prepare_store(seen.prepare)
    desk = IncidentDesk(host.store, symptoms, pace)
    vital_signs = VitalSigns(
        _WATCHED,
        utcnow(),
        Limits(missing_after=timedelta(seconds=settings.notifier_missing_seconds)),
        own=("notifier", settings.notifier_instance),
    )
    url = settings.notifier_portal_url
    sender = Sender(host.store, channels, clock=utcnow, portal_url=url, wake=host.wake)
    worker = Worker(host.store, sender, clock=utcnow, pace=pace)
    host.work_on(expectation.DECIDER.category, worker.check_promise)
    host.work_on(incident.DECIDER.category, worker.remind)
    host.work_on(notification.DECIDER.category, worker.notify)
    host.run("health checks", Watch(vital_signs, desk, clock=utcnow).run)
    prober = prober_of(settings, host.store)
    if prober is not None:
        host.run("portal probe", prober.run)
    _consume(settings, host, desk, seen, channels[0], vital_signs)
    _alert_without_store(settings, host, channels, vital_signs)
    return host


def _consume(
    settings: Settings,
    host: Host,
    desk: IncidentDesk,
    seen: Seen,
    first_channel: Channel,
    vital_signs: VitalSigns,
) -> None:
    directory = Directory(host.database)
    promise = timedelta(seconds=settings.notifier_promise_seconds)
    events = inboxes.Inbox(
        host.store,
        seen,
        Promises(host.store, directory, promise, host.wake),
        Attribution(host.store, directory, desk),
        desk,
        clock=utcnow,
        first_channel=first_channel.name,
        wake=host.wake,
    )
    # A group of its own for each process: in a shared one each would hear only some heartbeats.
    heartbeats = f"notifier.ears-{settings.notifier_instance}"
    host.consume(
        Inbox("notifier", _READ, events.handle),
        Inbox(heartbeats, _HEARD, Ears(vital_signs, utcnow).handle),
    )


def _alert_without_store(
    settings: Settings, host: Host, channels: list[Channel], vital_signs: VitalSigns
) -> None:
    """From the first second, with or without a store and Kafka (H18)."""

    async def ask_itself() -> None:
        if not host.is_started:
            return
        waited, progress = await host.relay.oldest_unpublished(), host.has_progress()
        if vital_signs.is_stuck(utcnow(), unpublished_seconds=waited, progress=progress):
            raise RuntimeError("its own relay, inbox or heartbeat does not get through")

    fallback = LastResort(
        [
            backing("MongoDB", host.ask_mongodb),
            backing("Kafka", host.ask_kafka),
            itself(ask_itself, rests_on=("MongoDB", "Kafka")),
        ],
        channels,
        patience=timedelta(seconds=settings.notifier_outage_seconds),
        clock=utcnow,
    )
    host.run("fallback alerts", fallback.run, needs=Needs.NOTHING)
    host.ready_when(started=lambda: host.is_started, backing=lambda: fallback.well)
    if settings.notifier_dead_man_url is not None:
        url = settings.notifier_dead_man_url.get_secret_value()
        switch = DeadManSwitch(url, lambda: fallback.well and host.is_started)
        host.run("dead man's switch", switch.run, needs=Needs.NOTHING)
