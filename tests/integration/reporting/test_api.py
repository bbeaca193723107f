"""The HTTP API with keys, sessions and roles over real read models."""

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from slipway.reporting.access import ChangedBy, Role
from slipway.reporting.context import COOKIE, RequestContext
from slipway.reporting.ports import NotSent

from tests.support.builders.fleet import fleet
from tests.support.servers.portal import (
    FakeCommandPublisher,
    ReadModels,
    asking,
    context_over,
    read_models,
    signed_up,
    utcnow,
)

pytestmark = pytest.mark.backing

_BY = ChangedBy("a test")


@pytest.fixture
async def models(mongodb_url: str, namespace: str) -> AsyncIterator[ReadModels]:
    async with read_models(mongodb_url, namespace) as found:
        await found.project(fleet(utcnow()))
        yield found


@pytest.fixture
def context(models: ReadModels) -> RequestContext:
    return context_over(models)


@pytest.fixture
async def client(context: RequestContext) -> AsyncIterator[httpx.AsyncClient]:
    async with asking(context) as found:
        yield found


async def _key(context: RequestContext, role: Role) -> dict[str, str]:
    return {"Authorization": f"Bearer {await context.api_keys.make_key(role.name, role, _BY)}"}


async def test_the_kpis_of_any_window_have_value_target_status_and_n(
    client: httpx.AsyncClient, context: RequestContext
) -> None:
    headers = await _key(context, Role.VIEWER)
    kpis: dict[str, Any] = {}
    for window in ("24h", "7d", "30d", "90d", "month", "custom&from=2026-01-01"):
        answer = await client.get(f"/api/v1/kpis?window={window}", headers=headers)
        kpis = answer.json()["kpis"]
        assert len(kpis) == 8, window
        assert all({"value", "target", "status", "n"} <= set(kpi) for kpi in kpis.values())
    assert kpis["automation_success"]["n"] > 10
    refused = await client.get("/api/v1/kpis?window=fortnight", headers=headers)
    assert refused.status_code == 422


async def test_a_window_includes_its_last_day_and_ends_exactly_at_a_given_time(
    client: httpx.AsyncClient, context: RequestContext
) -> None:
    headers = await _key(context, Role.VIEWER)
    path = "/api/v1/kpis?window=custom&from=2026-01-01&to="
    day = (await client.get(f"{path}2026-01-31", headers=headers)).json()["window"]
    assert (day["begin"], day["end"]) == ("2026-01-01T00:00:00Z", "2026-02-01T00:00:00Z")
    hour = (await client.get(f"{path}2026-01-31T05:00Z", headers=headers)).json()["window"]
    assert hour["end"] == "2026-01-31T05:00:00Z"
    for nonsense in ("soon", "9999-12-31"):
        assert (await client.get(f"{path}{nonsense}", headers=headers)).status_code == 422


@pytest.mark.parametrize("path", ["/", "/dashboard", "/servers", "/api/v1/kpis"])
async def test_a_key_gives_access_to_pages_and_api_and_a_wrong_key_does_not(
    client: httpx.AsyncClient, context: RequestContext, path: str
) -> None:
    opened = await client.get(path, headers=await _key(context, Role.VIEWER))
    assert opened.status_code == 200
    wrong = await client.get(path, headers={"Authorization": "Bearer slw_wrong"})
    assert wrong.status_code == 401


@pytest.mark.parametrize(
    "path",
    [
        "/api/v1/objectives",
        "/api/v1/servers?search=ocean:sub0",
        "/api/v1/servers/ocean:stuck1-1",
        "/api/v1/timeline/ocean:stuck1-1",
        "/api/v1/needs-attention",
        "/api/v1/incidents",
        "/api/v1/webhooks",
        "/api/v1/failed-messages",
        "/api/v1/locations",
        "/api/v1/safety-brake",
        "/api/v1/data-age",
        "/api/v1/kpis/error_rate/drilldown",
        "/api/v1/kpis/satisfaction/drilldown",
        "/api/v1/openapi.json",
    ],
)
async def test_each_resource_can_be_read(
    client: httpx.AsyncClient, context: RequestContext, path: str
) -> None:
    answer = await client.get(path, headers=await _key(context, Role.VIEWER))
    assert answer.status_code == 200
    assert answer.json()


async def test_needs_attention_holds_all_that_its_page_shows(
    client: httpx.AsyncClient, context: RequestContext
) -> None:
    answer = await client.get("/api/v1/needs-attention", headers=await _key(context, Role.VIEWER))
    queries = context.queries
    shown = {
        "server": await queries.servers_needing_attention(),
        "subscription": await queries.subscriptions_needing_attention(),
        "account": [one for one in await queries.active_safeguards() if one["kind"] == "account"],
    }
    for kind, views in shown.items():
        found = [row["id"] for row in answer.json() if row["kind"] == kind]
        assert found == [view["_id"] for view in views]
    assert shown["server"]


async def test_an_operator_sends_a_command_and_a_viewer_may_not(
    client: httpx.AsyncClient, context: RequestContext
) -> None:
    asked: dict[str, Any] = {
        "kind": "retry",
        "command_id": "k-1",
        "fields": {"vps_id": "ocean:stuck1-1"},
    }
    viewer = await client.post(
        "/api/v1/commands", json=asked, headers=await _key(context, Role.VIEWER)
    )
    assert viewer.status_code == 403
    headers = await _key(context, Role.OPERATOR)
    sent = await client.post("/api/v1/commands", json=asked, headers=headers)
    assert (sent.status_code, sent.json()) == (202, {"command_id": "k-1"})
    status = await client.get("/api/v1/commands/k-1", headers=headers)
    assert status.json()["status"] == "sent"
    malformed = await client.post("/api/v1/commands", json={"kind": "retry"}, headers=headers)
    assert malformed.status_code == 422
    assert "vps_id" in malformed.json()["detail"]


async def test_a_command_that_kafka_did_not_accept_may_be_sent_again(
    models: ReadModels,
) -> None:
    class Away(FakeCommandPublisher):
        async def send(self, commands: Any) -> None:  # noqa: ARG002 - the port's signature
            raise NotSent("Kafka is not responding")

    context = context_over(models)
    away = RequestContext(**{**vars(context), "publisher": Away(models)})
    async with asking(away) as client:
        asked = {"kind": "retry", "fields": {"vps_id": "x"}}
        headers = await _key(away, Role.OPERATOR)
        answer = await client.post("/api/v1/commands", json=asked, headers=headers)
        assert answer.status_code == 503
        assert "same command_id" in answer.json()["detail"]


async def test_a_form_without_the_sessions_own_token_is_refused(
    client: httpx.AsyncClient, context: RequestContext
) -> None:
    client.cookies.set(COOKIE, await signed_up(context))
    assert (await client.get("/servers")).status_code == 200
    form = {"command_id": "k1", "vps_id": "ocean:stuck1-1", "csrf": "guessed"}
    forged = await client.post("/commands/retry", data=form)
    assert forged.status_code == 403
    assert isinstance(context.publisher, FakeCommandPublisher)
    assert context.publisher.sent == []
    principal = await context.accounts.by_session(client.cookies[COOKIE])
    assert principal is not None
    honest = await client.post("/commands/retry", data={**form, "csrf": principal.csrf or ""})
    assert honest.status_code == 200
    assert len(context.publisher.sent) == 1


async def test_a_forged_token_beyond_ascii_is_refused_like_any_other(
    client: httpx.AsyncClient, context: RequestContext
) -> None:
    client.cookies.set(COOKIE, await signed_up(context))
    form = {"command_id": "k1", "vps_id": "ocean:stuck1-1", "csrf": "gu\u00e9ssed"}
    assert (await client.post("/commands/retry", data=form)).status_code == 403


async def test_an_api_command_with_only_a_browsers_cookie_is_refused(
    client: httpx.AsyncClient, context: RequestContext
) -> None:
    client.cookies.set(COOKIE, await signed_up(context))
    asked = {"kind": "retry", "fields": {"vps_id": "x"}}
    assert (await client.post("/api/v1/commands", json=asked)).status_code == 403


async def test_an_invitation_works_once(client: httpx.AsyncClient, context: RequestContext) -> None:
    token = await context.accounts.invite("Demo@Example.com", Role.ADMIN, _BY)
    short = await client.post(f"/invite/{token}", data={"password": "short"})
    assert short.status_code == 422
    entered = await client.post(f"/invite/{token}", data={"password": "correct horse"})
    assert entered.status_code == 303
    assert "httponly" in entered.headers["set-cookie"].lower()
    again = await client.post(f"/invite/{token}", data={"password": "another horse"})
    assert again.status_code == 410
    assert await context.accounts.sign_in(" demo@example.com ", "correct horse")


async def test_the_eleventh_wrong_password_is_not_even_tried(
    client: httpx.AsyncClient, context: RequestContext
) -> None:
    await signed_up(context)
    for _ in range(10):
        wrong = await client.post("/sign-in", data={"mail": "ada@example.com", "password": "x"})
        assert wrong.status_code == 401
    right = {"mail": "ada@example.com", "password": "correct horse"}
    assert (await client.post("/sign-in", data=right)).status_code == 429


async def test_a_copy_of_the_database_grants_no_access(
    models: ReadModels, context: RequestContext
) -> None:
    token = await signed_up(context)
    key = await context.api_keys.make_key("prober", Role.VIEWER, _BY)
    everything = ""
    for name in ("users", "sessions", "keys", "invitations"):
        everything += str(await models.database[name].find().to_list(None))
    assert token not in everything
    assert key not in everything
    assert "correct horse" not in everything
    assert await context.api_keys.revoke_key("prober", _BY)
    assert await context.api_keys.by_key(key) is None


async def test_a_session_ends_with_sign_out(
    client: httpx.AsyncClient, context: RequestContext
) -> None:
    token = await signed_up(context)
    principal = await context.accounts.by_session(token)
    assert principal is not None
    client.cookies.set(COOKIE, token)
    await client.post("/sign-out", data={"csrf": principal.csrf or ""})
    assert await context.accounts.by_session(token) is None
