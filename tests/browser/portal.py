"""The portal over real read models, opened in a Chromium. Each test file opens its own."""

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from playwright.async_api import Browser, Locator, Page
from slipway.contracts.envelope import Meta, Recorded
from slipway.reporting.access import Role
from slipway.reporting.context import COOKIE, RequestContext

from tests.browser import chromium
from tests.support.servers.portal import (
    FakeCommandPublisher,
    ReadModels,
    context_over,
    read_models,
    served,
    signed_up,
    utcnow,
)

PAGES = [
    "/",
    "/kpis/error_rate",
    "/kpis/webhook_processing",
    "/kpis/uptime",
    "/objectives",
    "/servers",
    "/servers/ocean:stuck1-1",
    "/needs-attention",
    "/incidents",
    "/incidents/i1",
    "/webhooks",
    "/failed-messages",
    "/locations",
    "/safety-brake",
    "/system-health",
    "/access",
    "/events/ocean:sub01",
]


@dataclass(frozen=True)
class Portal:
    models: ReadModels
    context: RequestContext
    publisher: FakeCommandPublisher
    url: str
    browser: Browser
    session: str
    """The admin's session token, so that not every test signs in by the form."""

    async def enter(self, path: str = "/", *, by_form: bool = False, **context: Any) -> Page:
        """Returns a signed-in page. `by_form` signs in as a user does, which is slower."""
        page = await self.stranger(**context)
        if by_form:
            await page.goto("/sign-in")
            await sign_in(page)
            await page.wait_for_url(self.url + "/")
        else:
            await page.context.add_cookies(
                [{"name": COOKIE, "value": self.session, "url": self.url}]
            )
            await page.goto("/")
        if path != "/":
            await page.goto(path)
        return page

    async def stranger(self, **context: Any) -> Page:
        opened = await self.browser.new_context(base_url=self.url, **context)
        return await opened.new_page()

    async def demote(self, role: Role) -> None:
        """The only user keeps their session and has another role now."""
        await self.models.database["users"].update_one({}, {"$set": {"role": role.name.lower()}})


async def sign_in(page: Page, password: str = "correct horse") -> None:
    await page.get_by_label("E-mail address").fill("ada@example.com")
    await page.get_by_label("Password").fill(password)
    await page.get_by_role("button", name="Sign in").click()


async def decide(within: Locator, label: str, why: str = "") -> None:
    """Opens the button of this name, enters the reason and sends the command."""
    summary = within.locator("summary").get_by_text(label, exact=True)
    await summary.click()
    form = within.locator(".act[open] form")
    if why:
        await form.get_by_label("Reason").fill(why)
    await form.get_by_role("button", name=label).click()


@asynccontextmanager
async def opened(
    mongodb_url: str, namespace: str, records: Sequence[Recorded]
) -> AsyncIterator[Portal]:
    async with read_models(mongodb_url, namespace) as models, chromium.browser() as browser:
        if records:
            await models.project(records)
        context = context_over(models)
        session = await signed_up(context)
        async with served(context) as url:
            assert isinstance(context.publisher, FakeCommandPublisher)
            yield Portal(models, context, context.publisher, url, browser, session)


def answer(command: Any, event: Any, stream: str, version: int) -> Recorded:
    """Returns the event by which the owning service answers a command."""
    meta = Meta(correlation_id="c", causation_id=command.command_id, actor=command.actor)
    return Recorded(stream=stream, version=version, time=utcnow(), event=event, meta=meta)


def of(vps_id: str, event: Callable[..., Any], **fields: Any) -> Any:
    """Returns an event of this VPS."""
    names = {"subscription_id": vps_id.rpartition("-")[0], "location_id": "ocean"}
    return event(vps_id=vps_id, **names, **fields)
