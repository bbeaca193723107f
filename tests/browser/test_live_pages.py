"""Open pages stay correct when data changes or a connection fails, and lose no input."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Page, Route, expect
from pymongo.errors import ServerSelectionTimeoutError
from slipway.contracts import vps

from tests.browser.portal import Portal, answer, decide, of, opened, sign_in
from tests.support.builders.customer_story import Story
from tests.support.builders.fleet import fleet
from tests.support.servers.portal import served, utcnow

pytestmark = [
    pytest.mark.backing,
    pytest.mark.browser,
    pytest.mark.asyncio(loop_scope="session"),
]

_REFRESH = "htmx.trigger('#page', 'refresh')"


@pytest_asyncio.fixture(loop_scope="session")
async def portal(mongodb_url: str, namespace: str) -> AsyncIterator[Portal]:
    async with opened(mongodb_url, namespace, fleet(utcnow())) as found:
        yield found


async def _refreshed(page: Page) -> None:
    """Waits until the page has refreshed."""
    async with page.expect_response(
        lambda answer: answer.request.headers.get("hx-target") == "page"
    ):
        await page.evaluate(_REFRESH)
    await page.wait_for_function("!document.querySelector('#page').matches('.htmx-request')")


async def test_a_search_stays_when_the_page_refreshes(portal: Portal) -> None:
    page = await portal.enter("/servers")
    await page.get_by_label("Search").fill("stuck2")
    await expect(page.locator("#rows .row")).to_have_count(1)
    await _refreshed(page)
    await expect(page.get_by_label("Search")).to_be_focused()
    await page.keyboard.press("Tab")
    await _refreshed(page)
    await expect(page.locator("#rows .row")).to_have_count(1)
    await expect(page.get_by_label("Search")).to_have_value("stuck2")


async def test_a_search_keeps_the_chosen_status(portal: Portal) -> None:
    page = await portal.enter("/servers?status=parked")
    await page.get_by_label("Search").fill("sub0")
    await expect(page.locator("#rows")).to_contain_text("No server matches")
    await page.get_by_label("Search").fill("stuck")
    await expect(page.locator("#rows .row")).to_have_count(2)
    assert "status=parked" in page.url


async def test_a_form_opened_during_a_refresh_stays_open(portal: Portal) -> None:
    page = await portal.enter("/servers/ocean:stuck1-1")
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    await page.route("**/servers/*", hold)
    async with page.expect_request("**/servers/*"):
        await page.evaluate(_REFRESH)
    await page.locator("summary", has_text="Retry").click()
    async with page.expect_response("**/servers/*"):
        await held[0].continue_()
    await page.get_by_label("Reason").locator("visible=true").fill("still here")
    await page.unroute_all()
    # Once the form is closed, the page refreshes.
    async with page.expect_response("**/servers/*"):
        await page.keyboard.press("Escape")


async def test_an_unfinished_vote_is_not_lost(portal: Portal) -> None:
    for _ in range(2):
        await portal.enter(by_form=True)
    page = await portal.enter(by_form=True)
    await page.get_by_label("Comment (optional)").fill("half a sent")
    await page.get_by_role("heading", name="Dashboard").click()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    await portal.models.project(
        Story("ocean:late", utcnow() - timedelta(minutes=2)).bought().records
    )
    await page.evaluate(_REFRESH)
    await expect(page.get_by_label("Comment (optional)")).to_have_value("half a sent")
    assert asked == []
    await page.get_by_role("button", name="Submit").click()
    # A vote needs a number, but "Later" needs none.
    assert await page.locator("input[name=score]").first.evaluate("one => one.matches(':invalid')")
    await page.get_by_role("button", name="Later").click()
    await expect(page.locator(".vote")).to_have_count(0)
    assert portal.publisher.votes == []


async def test_after_the_session_ends_the_sign_in_leads_back_to_the_page(portal: Portal) -> None:
    page = await portal.enter("/servers?search=stuck1")
    await portal.models.database["sessions"].delete_many({})
    await page.evaluate(_REFRESH)
    await expect(page.get_by_role("button", name="Sign in")).to_be_visible()
    await sign_in(page)
    await expect(page.get_by_label("Search")).to_have_value("stuck1")


async def test_when_no_events_arrive_each_page_shows_the_age_of_the_newest(
    mongodb_url: str, namespace: str
) -> None:
    long_ago = utcnow() - timedelta(minutes=5)
    async with opened(mongodb_url, namespace, fleet(long_ago)) as portal:
        page = await portal.enter("/needs-attention")
        await expect(page.locator(".stale")).to_contain_text("from 5 min ago")
        new = Story("ocean:late", utcnow()).bought()
        await portal.models.project(new.records)
        await expect(page.locator(".stale")).to_have_count(0)


class _Going:
    """Queries to a database that is unavailable while `away` is set."""

    away = False

    def __init__(self, queries: Any) -> None:
        self._questions = queries

    def __getattr__(self, name: str) -> Any:
        async def ask(*args: Any, **more: Any) -> Any:
            if self.away:
                raise ServerSelectionTimeoutError("no primary")
            return await getattr(self._questions, name)(*args, **more)

        return ask


async def test_an_open_page_reports_an_unavailable_database_and_recovers(
    portal: Portal,
) -> None:
    going: Any = _Going(portal.context.queries)
    context = replace(portal.context, queries=going)
    async with served(context, unavailable=[ServerSelectionTimeoutError]) as url:
        page = await replace(portal, url=url).enter("/servers")
        going.away = True
        banner = page.get_by_text("The database is not responding")
        # The live connection breaks, and the page asks without any user action.
        await expect(banner).to_be_visible()
        await expect(page.get_by_role("link", name="ocean:stuck1-1")).to_be_visible()
        going.away = False
        await expect(banner).to_be_hidden()


async def test_the_status_of_a_command_is_followed_across_an_outage(portal: Portal) -> None:
    page = await portal.enter("/servers/ocean:stuck1-1")
    await decide(page.locator("#page"), "Hold", "looking into it")
    await expect(page.locator(".command-status")).to_contain_text("sent")
    async with page.expect_request("**/commands?*"):
        await page.route("**/commands?*", lambda route: route.abort())
    (command,) = portal.publisher.sent
    by = {"command_id": command.command_id, "actor": command.actor, "reason": command.reason}
    held = of("ocean:stuck1-1", vps.VpsHeld, **by)
    await portal.models.project([answer(command, held, "vps-ocean:stuck1-1", 5)])
    await page.unroute_all()
    await expect(page.locator(".command-status")).to_contain_text("done")


async def test_h21_a_double_click_is_one_command_and_one_invitation(portal: Portal) -> None:
    page = await portal.enter("/servers/ocean:stuck1-1")
    await page.locator("summary", has_text="Hold").click()
    await page.locator(".act[open] form button").dblclick()
    await expect(page.locator(".command-status")).to_contain_text("sent")
    assert len(portal.publisher.sent) == 1
    await page.goto("/access")
    await page.locator("summary", has_text="Invite").click()
    form = page.locator(".act[open]")
    await form.get_by_label("E-mail address").fill("bob@example.com")
    await form.get_by_label("Reason").fill("looks after the servers")
    await form.get_by_role("button", name="Invite").dblclick()
    await expect(page.locator(".once")).to_be_visible()
    invited = [
        one for one in await portal.context.accounts.access_log() if one["actor"] != "a test"
    ]
    assert len(invited) == 1
