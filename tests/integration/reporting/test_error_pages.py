"""Errors in a browser are pages that say what to do, never plain JSON."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from typing import Any

import httpx
import pytest
from pymongo.errors import ServerSelectionTimeoutError
from slipway.contracts.commands import Command
from slipway.reporting.context import COOKIE, RequestContext
from slipway.reporting.ports import NotSent
from slipway.reporting.web import application

from tests.support.builders.fleet import fleet
from tests.support.servers.portal import (
    FakeCommandPublisher,
    ReadModels,
    context_over,
    read_models,
    signed_up,
    utcnow,
)

pytestmark = pytest.mark.backing

_BROWSER = {"Accept": "text/html"}


@pytest.fixture
async def models(mongodb_url: str, namespace: str) -> AsyncIterator[ReadModels]:
    async with read_models(mongodb_url, namespace) as found:
        await found.project(fleet(utcnow(), customers=2))
        yield found


@pytest.fixture
def context(models: ReadModels) -> RequestContext:
    return context_over(models)


def _client(context: RequestContext, **more: Any) -> httpx.AsyncClient:
    transport = httpx.ASGITransport(application(context, **more), raise_app_exceptions=False)
    return httpx.AsyncClient(transport=transport, base_url="http://slipway")


@pytest.mark.parametrize(
    ("path", "code", "says"),
    [
        ("/servers/unknown", 404, "Search the servers"),
        ("/kpis/nothing", 404, "No KPI"),
        ("/?window=fortnight", 422, "custom with from="),
        ("/?window=custom&from=soon", 422, "ISO time"),
        ("/servers?skip=-1", 422, "skip"),
    ],
)
async def test_a_wrong_address_is_explained_on_a_page(
    context: RequestContext, path: str, code: int, says: str
) -> None:
    async with _client(context) as client:
        client.cookies.set(COOKIE, await signed_up(context))
        page = await client.get(path, headers=_BROWSER)
    assert (page.status_code, page.headers["content-type"]) == (code, "text/html; charset=utf-8")
    assert says in page.text.replace("&#39;", "'")


class _Away:
    """Queries and accounts of a database that does not answer."""

    def __getattr__(self, _name: str) -> Any:
        async def nothing(*_: Any, **__: Any) -> None:
            raise ServerSelectionTimeoutError("no primary, at mongodb://secret@host")

        return nothing


async def test_while_the_database_is_unavailable_a_page_says_so_and_retries(
    context: RequestContext,
) -> None:
    away: Any = _Away()
    dark = replace(context, queries=away, accounts=away, api_keys=away)
    async with _client(dark, unavailable=[ServerSelectionTimeoutError]) as client:
        client.cookies.set(COOKIE, "anything")
        page = await client.get("/servers", headers=_BROWSER)
        answer = await client.get("/api/v1/servers", headers={"Authorization": "Bearer slw_x"})
    assert (page.status_code, page.headers["refresh"]) == (503, "5")
    assert "No event is lost" in page.text
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")
    assert "secret" not in page.text + answer.text


async def test_an_internal_error_shows_no_stack_trace_and_keeps_the_headers(
    context: RequestContext,
) -> None:
    away: Any = _Away()
    async with _client(replace(context, accounts=away)) as client:
        client.cookies.set(COOKIE, "anything")
        page = await client.get("/servers", headers=_BROWSER)
    assert page.status_code == 500
    assert "ServerSelection" not in page.text
    assert "frame-ancestors 'none'" in page.headers["content-security-policy"]


class _Deaf(FakeCommandPublisher):
    """Kafka is not responding in time, though it may have taken what was sent."""

    async def send(self, commands: Sequence[Command]) -> None:
        self.sent += commands
        raise NotSent("Kafka is not responding")


async def test_h21_a_command_that_may_have_been_sent_is_sent_again_with_the_same_id(
    models: ReadModels, context: RequestContext
) -> None:
    deaf = _Deaf(models)
    async with _client(replace(context, publisher=deaf)) as client:
        client.cookies.set(COOKIE, token := await signed_up(context))
        principal = await context.accounts.by_session(token)
        assert principal is not None
        form = {"command_id": "k1", "vps_id": "ocean:stuck1-1", "csrf": principal.csrf or ""}
        for _ in range(2):
            answer = await client.post("/commands/retry", data=form)
            # The form stays open with its id and shows the problem.
            assert answer.headers["hx-retarget"] == "find .not-sent"
            assert "counts once" in answer.text
    assert {command.command_id for command in deaf.sent} == {"k1"}


async def test_a_form_from_another_site_is_rejected_first(
    context: RequestContext,
) -> None:
    async with _client(context) as client:
        foreign = {"Sec-Fetch-Site": "cross-site"}
        right = {"mail": "ada@example.com", "password": "correct horse"}
        await signed_up(context)
        assert (await client.post("/sign-in", data=right, headers=foreign)).status_code == 403
        assert (await client.post("/sign-in", data=right)).status_code == 303


async def test_over_tls_the_cookie_is_secure_and_the_browser_keeps_using_tls(
    models: ReadModels,
) -> None:
    context = context_over(models, public_url="https://portal.example.com")
    async with _client(context) as client:
        await signed_up(context)
        right = {"mail": "ada@example.com", "password": "correct horse"}
        entered = await client.post("/sign-in", data=right)
    cookie = entered.headers["set-cookie"].lower()
    assert all(word in cookie for word in ("httponly", "secure", "samesite=lax"))
    assert entered.headers["strict-transport-security"] == "max-age=31536000"
