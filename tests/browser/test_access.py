"""The access page: an admin invites and removes users, and creates and revokes keys."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from playwright.async_api import expect
from slipway.reporting.access import Role

from tests.browser.portal import Portal, opened
from tests.support.builders.fleet import fleet
from tests.support.servers.portal import signed_up, utcnow

pytestmark = [
    pytest.mark.backing,
    pytest.mark.browser,
    pytest.mark.asyncio(loop_scope="session"),
]


@pytest_asyncio.fixture(loop_scope="session")
async def portal(mongodb_url: str, namespace: str) -> AsyncIterator[Portal]:
    async with opened(mongodb_url, namespace, fleet(utcnow(), customers=1)) as found:
        yield found


async def test_an_invitation_link_stays_visible_until_the_admin_closes_it(portal: Portal) -> None:
    page = await portal.enter("/access")
    await page.locator("summary", has_text="Invite").click()
    form = page.locator(".act[open]")
    await form.get_by_label("E-mail address").fill("bob@example.com")
    await form.get_by_label("Role").select_option("operator")
    await form.get_by_label("Reason").fill("looks after the servers")
    await form.get_by_role("button", name="Invite").click()
    link = await page.locator(".once").inner_text()
    await page.evaluate("htmx.trigger('#page', 'refresh')")
    await portal.models.project(fleet(utcnow(), customers=1)[:2])
    await expect(page.locator(".once")).to_have_text(link)
    await expect(page.locator(".timeline")).to_contain_text("looks after the servers")
    bob = await portal.stranger()
    await bob.goto(f"/invite/{link.rpartition('/')[2]}")
    await bob.get_by_label("Password").fill("correct horse battery")
    await bob.keyboard.press("Enter")
    await expect(bob.locator(".me")).to_contain_text("bob@example.com operator")
    await expect(bob.get_by_role("link", name="Access", exact=True)).to_have_count(0)


async def test_a_removed_user_can_no_longer_sign_in(portal: Portal) -> None:
    page = await portal.enter("/access")
    await signed_up(portal.context, "bob@example.com", Role.VIEWER)
    await page.reload()
    bob = page.locator(".row", has_text="bob@example.com")
    await bob.locator("summary").click()
    await bob.get_by_label("Reason").fill("left the agency")
    await bob.get_by_role("button", name="Remove").click()
    await expect(page.locator(".timeline")).to_contain_text("left the agency")
    await expect(bob).to_have_count(0)
    assert await portal.context.accounts.sign_in("bob@example.com", "correct horse") is None


async def test_an_admin_cannot_remove_themselves(portal: Portal) -> None:
    page = await portal.enter("/access")
    own = page.locator(".row", has_text="ada@example.com")
    await expect(own).to_be_visible()
    await expect(own.locator(".act")).to_have_count(0)


async def test_a_key_is_shown_once_and_is_valid_until_it_is_revoked(portal: Portal) -> None:
    page = await portal.enter("/access")
    await page.locator("summary", has_text="Create key").click()
    form = page.locator(".act[open]")
    await form.get_by_label("Name").fill("prober")
    await form.get_by_label("Reason").fill("to measure the uptime")
    await form.get_by_role("button", name="Create key").click()
    key = await page.locator(".once").inner_text()
    principal = await portal.context.api_keys.by_key(key)
    assert principal is not None
    assert principal.role is Role.VIEWER
    await page.get_by_role("link", name="Done").click()
    await expect(page.locator(".once")).to_have_count(0)
    row = page.locator(".row", has_text="prober")
    await row.locator("summary").click()
    await row.get_by_label("Reason").fill("no longer needed")
    await row.get_by_role("button", name="Revoke").click()
    await expect(page.locator(".timeline")).to_contain_text("no longer needed")
    assert await portal.context.api_keys.by_key(key) is None
