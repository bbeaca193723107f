"""Commands from the portal: each click is one command, followed until it is done or refused."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import expect
from slipway.contracts import dead_letters, incidents, vps
from slipway.contracts.commands import (
    AcknowledgeIncident,
    AdoptServer,
    Command,
    DeleteVps,
    RedriveDeadLetter,
    ResetBrake,
    SetLocationMode,
    SkipDeadLetter,
)
from slipway.contracts.envelope import Meta, Recorded
from slipway.reporting.access import ChangedBy, Role
from slipway.reporting.ports import NotSent

from tests.browser.portal import Portal, answer, decide, opened
from tests.support.builders.customer_story import Story
from tests.support.builders.fleet import fleet
from tests.support.servers.portal import FakeCommandPublisher, served, utcnow

pytestmark = [
    pytest.mark.backing,
    pytest.mark.browser,
    pytest.mark.asyncio(loop_scope="session"),
]


@pytest_asyncio.fixture(loop_scope="session")
async def portal(mongodb_url: str, namespace: str) -> AsyncIterator[Portal]:
    async with opened(mongodb_url, namespace, fleet(utcnow())) as found:
        yield found


def _only(portal: Portal, kind: type[Command]) -> Any:
    (command,) = portal.publisher.sent
    assert isinstance(command, kind)
    assert command.actor == "user:ada@example.com"
    return command


def _by(command: Command) -> dict[str, Any]:
    return {
        "command_id": command.command_id,
        "actor": command.actor,
        "reason": command.reason,
    }


async def test_an_invitation_signs_in_once(portal: Portal) -> None:
    token = await portal.context.accounts.invite(
        "bob@example.com", Role.OPERATOR, ChangedBy("a test")
    )
    page = await portal.stranger()
    await page.goto(f"/invite/{token}")
    await page.get_by_label("Password").fill("correct horse battery")
    await page.get_by_role("button", name="Continue").click()
    await expect(page.get_by_role("heading", name="Dashboard")).to_be_visible()
    await expect(page.locator(".me")).to_contain_text("bob@example.com operator")
    again = await portal.stranger()
    await again.goto(f"/invite/{token}")
    await again.get_by_label("Password").fill("another horse battery")
    await again.keyboard.press("Enter")
    await expect(again.get_by_role("alert")).to_contain_text("already used")


async def test_an_acknowledged_incident_shows_who_acknowledged_it(portal: Portal) -> None:
    page = await portal.enter("/incidents")
    await decide(page.locator("#incident-i1"), "Acknowledge", "calling Hetzner")
    await expect(page.locator(".command-status")).to_contain_text("sent")
    command = _only(portal, AcknowledgeIncident)
    acknowledged = incidents.IncidentAcknowledged(incident_id="i1", **_by(command))
    await portal.models.project([answer(command, acknowledged, "incident-i1", 2)])
    await expect(page.locator(".command-status")).to_contain_text("done")
    elsewhere = await portal.enter("/incidents/i1")
    await expect(elsewhere.locator("#incident-i1")).to_contain_text(
        "Acknowledged by ada@example.com"
    )
    await expect(elsewhere.locator("#incident-i1 summary")).not_to_contain_text(["Acknowledge"])


async def test_a_redrive_that_fails_again_is_shown(portal: Portal) -> None:
    page = await portal.enter("/failed-messages")
    await decide(page.locator("#dead-1"), "Redrive", "fixed")
    await expect(page.locator(".command-status")).to_contain_text("sent")
    command = _only(portal, RedriveDeadLetter)
    assert (command.consumer, command.dead_letter_id) == ("notifier", "notifier:9f2c")
    dead = {"dead_letter_id": "notifier:9f2c", "consumer": "notifier", "key": "ocean:sub03"}
    asked = dead_letters.DeadLetterRedriveRequested(**dead, command_id=command.command_id)
    record = dead_letters.RecordRef(topic="vps", partition=2, offset=117)
    failed = dead_letters.DeadLetterRedriveFailed(**dead, record=record, error="KeyError at x:1")
    await portal.models.project([answer(command, asked, "deadletter-notifier:9f2c", 2)])
    await expect(page.locator(".command-status")).to_contain_text("accepted")
    await portal.models.project([answer(command, failed, "deadletter-notifier:9f2c", 3)])
    await expect(page.locator(".command-status")).to_contain_text("failed KeyError at x:1")


async def test_a_skip_needs_a_reason(portal: Portal) -> None:
    page = await portal.enter("/failed-messages")
    await decide(page.locator("#dead-1"), "Skip")
    await expect(page.get_by_label("Reason").locator("visible=true")).to_be_focused()
    assert portal.publisher.sent == []
    await page.keyboard.type("it was a test")
    await page.keyboard.press("Enter")
    await expect(page.locator(".command-status")).to_contain_text("sent")
    assert _only(portal, SkipDeadLetter).reason == "it was a test"


async def test_a_paid_server_is_deleted_only_by_its_name(portal: Portal) -> None:
    """The customer still pays, so GHL does not confirm the deletion."""
    story = Story("ocean:fewer", utcnow() - timedelta(minutes=9)).bought()
    story.on_vps(vps.QuantityDecreaseReferred, 90, quantity=1)
    await portal.models.project(story.records)
    page = await portal.enter("/needs-attention")
    row = page.locator("#needs-ocean-fewer-1")
    await row.locator("summary", has_text="Delete").click()
    act = row.locator(".act[open]")
    await act.get_by_label("Reason").fill("the owner chose this one")
    await page.keyboard.press("Enter")
    name = act.get_by_label("Server name")
    assert await name.evaluate("one => one.matches(':invalid')")
    await name.fill("slw-fewer")
    await page.keyboard.press("Enter")
    await expect(page.locator(".command-status")).to_contain_text("sent")
    assert _only(portal, DeleteVps).override_name == "slw-fewer"


async def test_a_location_shows_what_it_would_do_and_is_switched_to_act(portal: Portal) -> None:
    page = await portal.enter("/locations")
    harbour = page.locator("#location-harbour")
    await expect(harbour.locator(".would-run")).to_contain_text("Create harbour:new1-1")
    await decide(harbour, "Switch to act", "looked at all of it")
    await expect(page.locator(".command-status")).to_contain_text("sent")
    command = _only(portal, SetLocationMode)
    assert (command.location_id, command.mode, command.seen_version) == ("harbour", "act", 1)
    mode = vps.LocationModeSet(location_id="harbour", mode="act", **_by(command))
    await portal.models.project([answer(command, mode, "location-harbour", 2)])
    await expect(page.locator(".command-status")).to_contain_text("done")
    # The status stays for a moment, then the page refreshes.
    await expect(harbour.locator(".chip-act")).to_be_visible()


async def test_an_existing_server_is_adopted_instead_of_creating_one(
    portal: Portal,
) -> None:
    page = await portal.enter("/locations")
    would = page.locator("#would-harbour-new1-1")
    await would.locator("summary", has_text="Adopt").click()
    await would.get_by_label("Server ID at the provider").fill("4711")
    await would.locator(".act[open]").get_by_label("Reason").fill("ours since 2024")
    await page.keyboard.press("Enter")
    await expect(page.locator(".command-status")).to_contain_text("sent")
    command = _only(portal, AdoptServer)
    assert (command.vps_id, command.provider_id) == ("harbour:new1-1", "4711")


async def test_an_admin_resets_the_brake_with_a_reason(portal: Portal) -> None:
    engaged = vps.BrakeEngaged(
        vps_id="ocean:sub01-1", permits_in_window=12, allowed=10, window_seconds=3600
    )
    meta = Meta(correlation_id="c")
    record = Recorded(stream="brake-all", version=8, time=utcnow(), event=engaged, meta=meta)
    await portal.models.project([record])
    page = await portal.enter("/")
    await page.get_by_role("link", name="Safety brake on").click()
    await expect(page.get_by_text("Engaged", exact=True)).to_be_visible()
    await decide(page.locator(".card"), "Reset brake", "it was the yearly clean-up")
    await expect(page.locator(".command-status")).to_contain_text("sent")
    command = _only(portal, ResetBrake)
    assert command.seen_version == 8
    reset = vps.BrakeReset(**_by(command))
    await portal.models.project([answer(command, reset, "brake-all", 9)])
    await expect(page.locator(".chip-off")).to_be_visible()


class _Deaf(FakeCommandPublisher):
    """Accepts no command in time until `well` is set."""

    well = False

    async def send(self, commands: Sequence[Command]) -> None:
        if not self.well:
            self.sent += commands
            raise NotSent("Kafka is not responding")
        await super().send(commands)


async def test_h21_after_an_outage_the_same_form_is_sent_again_and_counts_once(
    portal: Portal,
) -> None:
    deaf = _Deaf(portal.models)
    async with served(replace(portal.context, publisher=deaf)) as url:
        page = await replace(portal, url=url).enter("/servers/ocean:stuck1-1")
        await decide(page.locator("#page"), "Retry", "limit raised")
        await expect(page.locator(".not-sent").locator("visible=true")).to_contain_text(
            "Kafka is not responding"
        )
        deaf.well = True
        await page.locator(".act[open] form button").click()
        await expect(page.locator(".command-status")).to_contain_text("sent")
    assert len(deaf.sent) == 2
    assert len({command.command_id for command in deaf.sent}) == 1
