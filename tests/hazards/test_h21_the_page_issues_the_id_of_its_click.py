"""H21 in the portal: the page issues the command's id and the seen version."""

import re
from collections.abc import AsyncIterator

import httpx
import pytest
from slipway.contracts.commands import RetryOperation
from slipway.reporting.context import COOKIE, RequestContext

from tests.support.builders.fleet import fleet
from tests.support.servers.portal import (
    FakeCommandPublisher,
    asking,
    context_over,
    read_models,
    signed_up,
    utcnow,
)

pytestmark = pytest.mark.backing

VPS = "ocean:stuck1-1"


@pytest.fixture
async def context(mongodb_url: str, namespace: str) -> AsyncIterator[RequestContext]:
    async with read_models(mongodb_url, namespace) as models:
        await models.project(fleet(utcnow()))
        yield context_over(models)


@pytest.fixture
async def browser(context: RequestContext) -> AsyncIterator[httpx.AsyncClient]:
    async with asking(context) as client:
        client.cookies.set(COOKIE, await signed_up(context))
        yield client


async def _form(browser: httpx.AsyncClient) -> dict[str, str]:
    """Returns the hidden fields of the page's retry form."""
    page = (await browser.get(f"/servers/{VPS}")).text
    [form] = re.findall(r'<form[^>]*action="/commands/retry".*?</form>', page, re.DOTALL)
    return dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', form))


async def test_h21_a_click_repeated_after_a_time_out_is_the_same_command(
    context: RequestContext, browser: httpx.AsyncClient
) -> None:
    form = await _form(browser)
    for _ in range(2):
        assert (await browser.post("/commands/retry", data=form)).status_code == 200
    assert isinstance(context.publisher, FakeCommandPublisher)
    assert [command.command_id for command in context.publisher.sent] == [form["command_id"]] * 2
    assert (await _form(browser))["command_id"] != form["command_id"], "a new page issues a new id"


async def test_h21_a_command_carries_the_version_that_its_page_showed(
    context: RequestContext, browser: httpx.AsyncClient
) -> None:
    form = await _form(browser)
    shown = await context.queries.find_by_id("servers", VPS)
    assert shown is not None
    await browser.post("/commands/retry", data=form)
    assert isinstance(context.publisher, FakeCommandPublisher)
    [command] = context.publisher.sent
    assert isinstance(command, RetryOperation)
    assert command.seen_version == shown["version"]
