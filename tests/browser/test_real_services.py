"""The real services and the simulators, used by an agency's owner in a Chromium."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Page, expect
from slipway.backing import Backing

from demo.system import Pace, System, running
from tests.browser import chromium
from tests.browser.portal import decide

pytestmark = [
    pytest.mark.backing,
    pytest.mark.browser,
    pytest.mark.asyncio(loop_scope="session"),
]

_SOON_MS = 30_000


@pytest_asyncio.fixture(loop_scope="session")
async def system(backing: Backing, tmp_path: Path) -> AsyncIterator[System]:
    pace = Pace(boot_seconds=0.3, probe_seconds=2)
    async with running(backing, pace=pace, keep=tmp_path) as started:
        yield started


async def _enter(page: Page, system: System) -> None:
    await page.goto(await system.invite())
    await page.get_by_label("Password").fill("correct horse battery")
    await page.get_by_role("button", name="Continue").click()
    await expect(page.get_by_role("heading", name="Dashboard")).to_be_visible()


async def _done(page: Page, label: str, why: str = "") -> None:
    await decide(page.locator("#page"), label, why)
    await expect(page.locator(".command-status")).to_contain_text("done", timeout=_SOON_MS)
    await page.reload()


async def test_the_owner_follows_a_purchase_to_its_end_and_sends_commands_in_between(
    system: System,
) -> None:
    async with chromium.browser() as browser:
        page = await (await browser.new_context(base_url=system.portal_url)).new_page()
        await _enter(page, system)
        ada = await system.simulators.buy("Ada")
        await expect(page.locator("#kpi-provisioning_time .judged")).to_contain_text(
            "1 server", timeout=_SOON_MS
        )
        await page.get_by_role("link", name="1 server running").click(timeout=_SOON_MS)
        await page.locator("#rows .row a").click()
        ready = page.locator(".timeline li", has_text="VPS ready")
        await expect(ready).to_be_visible()
        await _done(page, "Hold", "a look first")
        await expect(page.locator(".timeline .by-user").first).to_contain_text("a look first")
        await _done(page, "Release hold")
        await _done(page, "Check with GHL")
        address = page.url
        await ready.get_by_title("All events of trace").click()
        for leg in ("Delivery received", "Subscription granted", "Attempt started", "VPS ready"):
            await expect(page.locator(".timeline")).to_contain_text(leg)
        await page.goto(address)
        await system.simulators.act(ada, "cancel")
        await expect(page.locator(".head .chip-deleted")).to_be_visible(timeout=_SOON_MS)


async def test_the_link_in_slack_leads_to_an_incident_that_is_acknowledged_and_resolved(
    system: System,
) -> None:
    async with chromium.browser() as browser:
        page = await (await browser.new_context(base_url=system.portal_url)).new_page()
        await _enter(page, system)
        await page.goto("/incidents")
        await system.simulators.buy("Eve", "price_mystery")
        await page.get_by_role("link", name="price_mystery").click(timeout=_SOON_MS)
        messages = str(await system.simulators.messages())
        assert page.url in messages
        await _done(page, "Acknowledge", "mapping it")
        await expect(page.locator(".incident")).to_contain_text("Acknowledged by admin@example.com")
        await _done(page, "Resolve", "mapped")
        await expect(page.locator(".incident .chip-resolved")).to_be_visible()
