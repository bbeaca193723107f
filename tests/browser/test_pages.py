"""The pages of the portal: live, usable by keyboard, readable, stable, and clear when empty."""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Page, expect
from slipway.contracts import subscriptions, vps
from slipway.contracts.envelope import Meta, Recorded

from tests.browser.page_checks import COUNT_SHIFTS, FAINT_TEXTS
from tests.browser.portal import PAGES, Portal, decide, of, opened, sign_in
from tests.support.builders.customer_story import Story
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


@pytest_asyncio.fixture(loop_scope="session")
async def empty(mongodb_url: str, namespace: str) -> AsyncIterator[Portal]:
    async with opened(mongodb_url, namespace, []) as found:
        yield found


async def test_the_kpis_change_without_a_reload(portal: Portal) -> None:
    page = await portal.enter()
    created = page.locator("#kpi-provisioning_time .judged")
    await expect(created).to_contain_text("16 servers")
    await page.evaluate("window.untouched = true")
    bought = Story("ocean:late", utcnow() - timedelta(minutes=2)).bought()
    await portal.models.project(bought.records)
    await expect(created).to_contain_text("17 servers")
    await expect(page.locator(".summary")).to_contain_text("10 servers running")
    assert await page.evaluate("window.untouched")


async def test_typing_searches_and_the_url_can_be_shared(portal: Portal) -> None:
    page = await portal.enter("/servers")
    await page.get_by_label("Search").fill("sub0")
    await expect(page.locator("#rows .row")).to_have_count(10)
    await page.get_by_label("Search").fill("stuck2")
    await expect(page.locator("#rows .row")).to_have_count(1)
    assert page.url.endswith("/servers?search=stuck2")
    await page.reload()
    await expect(page.get_by_role("link", name="ocean:stuck2-1")).to_be_visible()
    await page.get_by_label("Search").fill("unknown")
    await expect(page.locator("#rows")).to_contain_text("No server matches")
    # A typed letter adds no history entry, so back leads to the previous page.
    await page.go_back()
    await expect(page.get_by_role("heading", name="Dashboard")).to_be_visible()


async def test_a_link_from_a_notification_leads_through_the_sign_in_to_the_incident(
    portal: Portal,
) -> None:
    page = await portal.stranger()
    await page.goto("/incidents/i1")
    await sign_in(page, "wrong horse")
    await sign_in(page)
    await expect(
        page.get_by_role("heading", name="Servers can't be created at hetzner/main", level=1)
    ).to_be_visible()


@pytest.mark.parametrize(
    "to", ["//evil.example", "/\\evil.example", "https://evil.example", "/\t/x"]
)
async def test_the_sign_in_leads_to_no_other_site(portal: Portal, to: str) -> None:
    page = await portal.stranger()
    await page.goto("/sign-in")
    await page.locator("input[name=to]").evaluate("(field, to) => { field.value = to; }", to)
    await sign_in(page)
    await expect(page.get_by_role("heading", name="Dashboard")).to_be_visible()
    assert page.url == f"{portal.url}/"


async def test_a_trace_opens_all_its_events(portal: Portal) -> None:
    trace = "4bf92f3577b34da6a3ce929d0e0e4736"
    held = of("ocean:sub00-1", vps.VpsHeld, command_id="k", actor="user:a@b", reason="why not")
    meta = Meta(correlation_id="c", traceparent=f"00-{trace}-00f067aa0ba902b7-01")
    record = Recorded(stream="vps-ocean:sub00-1", version=99, time=utcnow(), event=held, meta=meta)
    await portal.models.project([record])
    page = await portal.enter("/servers/ocean:sub00-1")
    await page.get_by_role("link", name=trace[:12]).click()
    await expect(page.get_by_role("heading", name=trace)).to_be_visible()
    await expect(page.locator(".timeline li")).to_contain_text(["VPS held why not"])


async def test_all_controls_are_reached_by_keyboard_with_a_visible_focus(portal: Portal) -> None:
    page = await portal.enter("/needs-attention")
    await page.keyboard.press("Tab")
    await expect(page.get_by_role("link", name="Skip to main content")).to_be_in_viewport()
    await page.keyboard.press("Enter")
    await expect(page.locator("main")).to_be_focused()
    await page.keyboard.press("Tab")
    await expect(page.get_by_role("link", name="ocean:stuck2-1")).to_be_focused()
    await page.keyboard.press("Tab")
    incident = page.get_by_role("link", name="Servers can't be created at hetzner/main").first
    await expect(incident).to_be_focused()
    await page.keyboard.press("Tab")
    ring = await page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
    assert ring == "solid"
    await page.keyboard.press("Enter")
    await page.keyboard.press("Tab")
    await page.keyboard.type("by keyboard alone")
    await page.keyboard.press("Enter")
    await expect(page.locator(".command-status")).to_contain_text("sent")
    assert portal.publisher.sent[0].reason == "by keyboard alone"


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_every_text_has_enough_contrast(portal: Portal, scheme: Any) -> None:
    page = await portal.enter(color_scheme=scheme)
    for path in (*PAGES, "/servers/unknown"):
        await page.goto(path)
        assert await page.evaluate(FAINT_TEXTS) == [], path


@pytest.mark.parametrize("width", [390, 1440])
async def test_no_element_moves_when_a_page_loads_or_refreshes(portal: Portal, width: int) -> None:
    page = await portal.enter(viewport={"width": width, "height": 844})
    for path in ("/", "/servers", "/needs-attention", "/kpis/error_rate"):
        await page.goto(path)
        await page.evaluate(COUNT_SHIFTS)
        async with page.expect_response(lambda response: response.request.method == "GET"):
            await page.evaluate("htmx.trigger('#page', 'refresh')")
        await expect(page.locator("#page")).to_be_visible()
        assert await page.evaluate("window.shifted") < 0.05, path


async def test_an_empty_page_says_what_will_appear_there(empty: Portal) -> None:
    page = await empty.enter()
    await expect(page.locator(".spark-none").first).to_contain_text("starts with the first case")
    for path in (
        "/servers",
        "/needs-attention",
        "/incidents",
        "/webhooks",
        "/failed-messages",
        "/locations",
    ):
        await page.goto(path)
        words = await page.locator(".empty").first.inner_text()
        assert len(words.split()) > 5, path
    await page.goto("/kpis/automation_success")
    await expect(page.locator(".empty")).to_contain_text("Each created or deleted server")


async def test_without_a_connection_the_page_says_that_its_data_may_be_old(portal: Portal) -> None:
    page = await portal.enter("/servers")
    await _cut(page)
    await page.evaluate("htmx.trigger('#page', 'refresh')")
    await expect(page.get_by_text("No connection to Slipway")).to_be_visible()
    await page.unroute_all()
    await page.evaluate("htmx.trigger('#page', 'refresh')")
    await expect(page.get_by_text("No connection to Slipway")).to_be_hidden()
    await expect(page.get_by_role("link", name="ocean:stuck1-1")).to_be_visible()


async def _cut(page: Page) -> None:
    await page.route("**/*", lambda route: route.abort())


async def test_a_server_that_needs_attention_links_to_its_incident(portal: Portal) -> None:
    page = await portal.enter("/needs-attention")
    stuck = page.locator("#needs-ocean-stuck2-1")
    await stuck.get_by_role("link", name="Servers can't be created at hetzner/main").click()
    await expect(page.locator("summary", has_text="Retry all 2")).to_be_visible()


async def test_failed_messages_are_counted_and_a_subscription_links_to_its_servers(
    portal: Portal,
) -> None:
    page = await portal.enter()
    await page.get_by_role("link", name="Failed messages 1").click()
    await page.get_by_role("link", name="ocean:sub03").click()
    await page.goto("/events/ocean:sub03")
    await page.get_by_role("link", name="ocean:sub03-1").first.click()
    await expect(page.get_by_role("heading", name="ocean:sub03-1")).to_be_visible()


async def test_a_webhook_is_found_by_its_subscription_and_older_ones_by_paging(
    portal: Portal,
) -> None:
    begin = utcnow() - timedelta(days=2)
    for number in range(60):
        story = Story(f"ocean:old{number:02}", begin + timedelta(minutes=number))
        story.delivered(0)
        await portal.models.project(story.records)
    page = await portal.enter("/webhooks")
    await expect(page.locator("#rows .row")).to_have_count(50)
    await page.get_by_role("link", name="older").click()
    await page.get_by_role("link", name="newer").click()
    await page.get_by_label("Search").fill("ocean:sub03")
    await expect(page.locator("#rows .row")).to_have_count(1)
    await expect(page.locator("#rows")).to_contain_text("signed:ocean:sub03")
    await page.get_by_label("Search").fill("signed:bad")
    await expect(page.locator("#rows")).to_contain_text("signed:bad-1")
    await page.get_by_role("link", name="applied").click()
    await expect(page.locator("#rows")).to_contain_text("No webhook matches")


async def test_h30_a_customer_who_pays_but_gets_no_server_needs_attention(
    empty: Portal,
) -> None:
    story = Story("ocean:mystery", utcnow())
    story.entitled("unchanged", 0, cls=subscriptions.PlanUnmapped, plan=None)
    await empty.models.project(story.records)
    page = await empty.enter()
    await page.get_by_role("link", name="Needs attention 1").click()
    row = page.locator(".row", has_text="ocean:mystery")
    await expect(row).to_contain_text("plans.yaml has no plan for p1")
    await decide(row, "Check with GHL", "mapped it")
    await expect(page.locator(".command-status")).to_contain_text("sent")
