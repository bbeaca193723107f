"""H21 in the portal: a click's id and the version seen come with the page, not with the click."""

import re
from collections.abc import AsyncIterator

import httpx
import pytest
from slipway.contracts.commands import RetryOperation
from slipway.reporting.context import COOKIE, Desk

from tests.support.builders.fleet import fleet
from tests.support.servers.portal import (
    FakeOutbox,
    asking,
    desk_over,
    read_models,
    signed_up,
    utcnow,
)

pytestmark = pytest.mark.backing

VPS = "ocean:stuck1-1"


@pytest.fixture
async def desk(mongodb_url: str, namespace: str) -> AsyncIterator[Desk]:
    async with read_models(mongodb_url, namespace) as models:
        await models.project(fleet(utcnow()))
        yield desk_over(models)


@pytest.fixture
async def browser(desk: Desk) -> AsyncIterator[httpx.AsyncClient]:
    async with asking(desk) as client:
        client.cookies.set(COOKIE, await signed_up(desk))
        yield client


async def _form(browser: httpx.AsyncClient) -> dict[str, str]:
    """The hidden fields of the page's own retry form."""
    page = (await browser.get(f"/vps/{VPS}")).text
    [form] = re.findall(r'<form[^>]*action="/actions/retry".*?</form>', page, re.DOTALL)
    return dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', form))


async def test_h21_a_click_repeated_after_a_time_out_is_the_same_command(
    desk: Desk, browser: httpx.AsyncClient
) -> None:
    form = await _form(browser)
    for _ in range(2):
        assert (await browser.post("/actions/retry", data=form)).status_code == 200
    assert isinstance(desk.outbox, FakeOutbox)
    assert [command.command_id for command in desk.outbox.sent] == [form["command_id"]] * 2
    assert (await _form(browser))["command_id"] != form["command_id"], "a new page, a new click"


async def test_h21_a_command_carries_the_version_that_its_page_showed(
    desk: Desk, browser: httpx.AsyncClient
) -> None:
    form = await _form(browser)
    shown = await desk.questions.one("fleet", VPS)
    assert shown is not None
    await browser.post("/actions/retry", data=form)
    assert isinstance(desk.outbox, FakeOutbox)
    [command] = desk.outbox.sent
    assert isinstance(command, RetryOperation)
    assert command.seen_version == shown["version"]
