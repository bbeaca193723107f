"""The notifier process with real Kafka and MongoDB, fake Slack and mail servers, and kills."""

import pytest
from slipway.contracts import vps

from tests.support.dsl.waiting import eventually
from tests.support.processes.notifier import RunningNotifier, running_notifier
from tests.support.servers.notifier_inbox import FAULT

pytestmark = pytest.mark.backing

TITLE = "A paid VPS is not running"


async def parked(notifier: RunningNotifier, name: str = "ada") -> None:
    event = vps.OperationParked(
        vps_id=f"loc:{name}-1",
        subscription_id=f"loc:{name}",
        location_id="loc",
        operation_id="o1",
        kind=vps.OperationKind.CREATE,
        fault=FAULT,
        attempts=5,
    )
    await notifier.publish(f"vps-loc:{name}-1", event)


async def ready(notifier: RunningNotifier, name: str = "ada") -> None:
    event = vps.VpsReady(
        vps_id=f"loc:{name}-1",
        subscription_id=f"loc:{name}",
        location_id="loc",
        operation_id="o1",
        provider_id="77",
        generation=1,
        ipv4="192.0.2.1",
    )
    await notifier.publish(f"vps-loc:{name}-1", event)


async def test_an_incident_and_its_resolution_are_on_slack_soon(
    kafka_url: str, mongodb_url: str, namespace: str
) -> None:
    async with running_notifier(kafka_url, mongodb_url, namespace) as notifier:
        await parked(notifier, "first")
        await notifier.until_slack(TITLE)
        await parked(notifier)
        # The goal is a second. The bound is generous, because other programs share the cores.
        assert await notifier.until_slack(TITLE, count=2) < 20
        await ready(notifier)
        await notifier.until_slack(f"Resolved: {TITLE}")
        assert notifier.mail.texts() == []
        [_, text] = notifier.on_slack(TITLE)
        assert "Customer: the customer of subscription loc:ada" in text
        assert "https://portal.example/incidents/" in text


async def test_mail_takes_over_from_a_failing_slack_and_reports_it(
    kafka_url: str, mongodb_url: str, namespace: str
) -> None:
    async with running_notifier(kafka_url, mongodb_url, namespace) as notifier:
        notifier.slack.will("refuse")
        await parked(notifier)
        await notifier.until_mail(TITLE)
        await notifier.until_mail("Notifications by slack fail")
        notifier.slack.will("take")
        await ready(notifier)
        await notifier.until_slack(f"Resolved: {TITLE}")
        await notifier.until_slack("Resolved: Notifications by slack fail")
        assert "repeat" not in "".join(notifier.slack.texts() + notifier.mail.texts())


async def test_admins_are_reminded_until_one_acknowledges(
    kafka_url: str, mongodb_url: str, namespace: str
) -> None:
    pace = {"reminder_seconds": "[0.5, 0.5]"}
    async with running_notifier(kafka_url, mongodb_url, namespace, **pace) as notifier:
        await parked(notifier)
        await notifier.until_slack(f"Reminder: {TITLE}", count=2)
        # On a busy machine an incident about a slow heartbeat may stand next to it.
        [known] = [one for one in await notifier.incidents() if TITLE in one.title]
        await notifier.acknowledge(known.incident_id)
        await parked(notifier, "ben")

        def reminders(of: str) -> int:
            return sum(of in text for text in notifier.on_slack("Reminder:"))

        async def ben_is_reminded_of() -> bool:
            return reminders("loc:ben") >= 2

        await eventually(ben_is_reminded_of)
        before = reminders("loc:ada")

        async def ben_is_reminded_of_again() -> bool:
            return reminders("loc:ben") >= 6

        await eventually(ben_is_reminded_of_again)
        assert reminders("loc:ada") == before


async def test_a_kill_between_message_and_receipt_leads_to_a_marked_repeat(
    kafka_url: str, mongodb_url: str, namespace: str
) -> None:
    async with running_notifier(kafka_url, mongodb_url, namespace) as notifier:
        notifier.slack.will("take and hang")
        await parked(notifier)
        await notifier.until_slack(TITLE)
        await notifier.kill()
        notifier.slack.will("take")
        await notifier.start()
        await notifier.until_slack(TITLE, count=2)
        first, second = notifier.on_slack(TITLE)
        assert "repeat" not in first
        assert "(repeat: you may have received this before)" in second.split("\n")[0]
        assert notifier.mail.texts() == []


async def test_services_without_heartbeats_are_reported(
    kafka_url: str, mongodb_url: str, namespace: str
) -> None:
    # More than two intervals of five seconds: the notifier's own heartbeats must not look missing.
    patience = {"heartbeat_timeout_seconds": 14}
    async with running_notifier(kafka_url, mongodb_url, namespace, **patience) as notifier:
        for name in ("ingest", "provisioner", "reporting"):

            async def missed(name: str = name) -> bool:
                return any(
                    f"Service {name} is not responding" in text for text in notifier.slack.texts()
                )

            await eventually(missed)
