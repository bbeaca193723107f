"""The portal in a real Chromium over real read models."""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import expect
from slipway.contracts import vps
from slipway.contracts.commands import CommandRefused, RetryOperation
from slipway.contracts.envelope import Meta, Recorded
from slipway.reporting.access import Role
from slipway.reporting.commands.catalog import CATALOG

from tests.browser.portal import PAGES, Portal, answer, of, opened
from tests.support.builders.fleet import fleet
from tests.support.servers.portal import utcnow

pytestmark = [
    pytest.mark.backing,
    pytest.mark.browser,
    pytest.mark.asyncio(loop_scope="session"),
]


@pytest_asyncio.fixture(loop_scope="session")
async def portal(mongodb_url: str, namespace: str) -> AsyncIterator[Portal]:
    async with opened(mongodb_url, namespace, fleet(utcnow())) as found:
        yield found


async def test_each_kpi_opens_its_tasks_and_each_task_its_events(
    portal: Portal,
) -> None:
    page = await portal.enter()
    await expect(page.locator(".tile")).to_have_count(8)
    await page.locator("#kpi-error_rate").click()
    await expect(page.get_by_role("heading", name="Error rate")).to_be_visible()
    await page.get_by_role("link", name="ocean:stuck1-1").click()
    await expect(page.get_by_text("Operation parked")).to_be_visible()


async def test_a_page_without_a_session_leads_to_the_sign_in_which_reports_a_wrong_password(
    portal: Portal,
) -> None:
    page = await portal.browser.new_page(base_url=portal.url)
    await page.goto("/servers")
    await page.get_by_label("E-mail address").fill("ada@example.com")
    await page.get_by_label("Password").fill("wrong horse")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("alert")).to_contain_text("Wrong e-mail address or password")


async def test_a_page_updates_automatically(portal: Portal) -> None:
    page = await portal.enter("/servers?search=ocean:stuck1")
    await expect(page.locator("#rows")).to_contain_text("parked")
    ready = of(
        "ocean:stuck1-1",
        vps.VpsReady,
        operation_id="op1",
        provider_id="5",
        generation=1,
        ipv4="10.9.9.9",
    )
    meta = Meta(correlation_id="c")
    record = Recorded(stream="vps-ocean:stuck1-1", version=9, time=utcnow(), event=ready, meta=meta)
    await portal.models.project([record])
    await expect(page.locator("#rows")).to_contain_text("10.9.9.9")


async def test_a_retry_is_sent_accepted_and_done(
    portal: Portal,
) -> None:
    page = await portal.enter("/servers/ocean:stuck1-1")
    await page.locator("summary", has_text="Retry").click()
    await page.get_by_label("Reason").locator("visible=true").fill("limit raised")
    await page.keyboard.press("Enter")
    status = page.locator(".command-status")
    await expect(status).to_contain_text("sent")
    (command,) = portal.publisher.sent
    assert isinstance(command, RetryOperation)
    assert (command.reason, command.seen_version) == ("limit raised", 4)
    assert command.actor == "user:ada@example.com"
    by = {"command_id": command.command_id, "actor": command.actor, "reason": command.reason}
    retried = of("ocean:stuck1-1", vps.OperationRetried, operation_id="op1", **by)
    await portal.models.project([answer(command, retried, "vps-ocean:stuck1-1", 5)])
    await expect(status).to_contain_text("accepted")
    proof = {"operation_id": "op1", "provider_id": "5", "generation": 1, "ipv4": None}
    ready = of("ocean:stuck1-1", vps.VpsReady, **proof)
    await portal.models.project([answer(command, ready, "vps-ocean:stuck1-1", 6)])
    await expect(status).to_contain_text("done")


async def test_a_refusal_is_shown_with_its_reason(portal: Portal) -> None:
    page = await portal.enter("/servers/ocean:stuck1-1")
    await page.locator("summary", has_text="Hold").click()
    await page.keyboard.press("Tab")
    await page.keyboard.type("looking into it")
    await page.keyboard.press("Enter")
    await expect(page.locator(".command-status")).to_contain_text("sent")
    (command,) = portal.publisher.sent
    why = "the entitlement changed since you looked"
    refused = CommandRefused(command_id=command.command_id, command_type=command.TYPE, reason=why)
    await portal.models.project([answer(command, refused, f"refusal-{command.command_id}", 1)])
    await expect(page.locator(".command-status")).to_contain_text(f"refused {why}")


async def test_a_command_without_a_response_is_reported_after_five_seconds(portal: Portal) -> None:
    page = await portal.enter("/needs-attention")
    await page.locator("summary", has_text="Hold").first.click()
    await page.get_by_role("button", name="Hold").locator("visible=true").click()
    await expect(page.locator(".command-status")).to_contain_text("no response")


async def test_retry_of_an_incident_is_one_command_per_vps(portal: Portal) -> None:
    page = await portal.enter("/incidents")
    await page.locator("summary", has_text="Retry all 2").click()
    await page.get_by_role("button", name="Retry all 2").click()
    await expect(page.locator(".command-status")).to_contain_text("sent 2")
    retried = {command.vps_id for command in portal.publisher.sent if hasattr(command, "vps_id")}
    assert retried == {"ocean:stuck1-1", "ocean:stuck2-1"}
    assert len({command.command_id for command in portal.publisher.sent}) == 2


async def test_live_changes_leave_a_form_in_use_unchanged(portal: Portal) -> None:
    page = await portal.enter("/servers/ocean:stuck1-1")
    await page.locator("summary", has_text="Retry").click()
    why = page.get_by_label("Reason").locator("visible=true")
    await why.fill("half a sent")
    await portal.models.project(fleet(utcnow() + timedelta(hours=1), customers=1)[:3])
    await page.evaluate("htmx.trigger('#page', 'refresh')")
    await expect(why).to_have_value("half a sent")
    await page.keyboard.press("Escape")
    await expect(why).to_be_hidden()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1360])
async def test_every_page_fits_and_requests_nothing_from_other_hosts(
    portal: Portal, width: int, scheme: Any
) -> None:
    page = await portal.enter(viewport={"width": width, "height": 844}, color_scheme=scheme)
    asked: list[str] = []
    problems: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda message: problems.append(f"{message.type}: {message.text}"))
    page.on("pageerror", lambda error: problems.append(str(error)))
    for path in PAGES:
        response = await page.goto(path)
        assert response is not None, path
        assert response.status == 200, path
        wide = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        assert await page.evaluate(wide) <= 0, path
    assert [url for url in asked if not url.startswith(portal.url)] == []
    assert problems == []


async def test_a_viewer_reads_but_gets_no_command_button(portal: Portal) -> None:
    page = await portal.enter("/needs-attention")
    await portal.demote(Role.VIEWER)
    await page.reload()
    await expect(page.get_by_role("link", name="ocean:stuck1-1")).to_be_visible()
    for path in PAGES:
        await page.goto(path)
        await expect(page.locator(".act")).to_have_count(0)
        await expect(page.locator("form[method=post]:not([action='/sign-out'])")).to_have_count(0)
    await page.goto("/access")
    await expect(page.get_by_role("alert")).to_contain_text("needs the role admin")


async def test_an_operator_sees_no_button_that_would_be_refused(portal: Portal) -> None:
    page = await portal.enter()
    await portal.demote(Role.OPERATOR)
    offered = set()
    for path in PAGES:
        await page.goto(path)
        forms = page.locator("form.command")
        offered |= set(await forms.evaluate_all("all => all.map(one => one.action)"))
    kinds = {action.rpartition("/")[2] for action in offered}
    assert {"retry", "hold", "redrive", "acknowledge"} <= kinds
    assert {kind for kind in kinds if CATALOG[kind][1] > Role.OPERATOR} == set()


async def test_the_third_visit_asks_for_a_rating(portal: Portal) -> None:
    for _ in range(2):
        await portal.enter(by_form=True)
    page = await portal.enter(by_form=True)
    await page.get_by_text("4", exact=True).click()
    await page.get_by_role("button", name="Submit").click()
    await expect(page.locator(".vote")).to_have_count(0)
    assert portal.publisher.votes == [("ada@example.com", 4, "")]
