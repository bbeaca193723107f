"""Users, invitations and API keys: only admins change them, and the log keeps it."""

from collections.abc import AsyncIterator

import httpx
import pytest
from slipway.reporting.access import ChangedBy, Role
from slipway.reporting.context import COOKIE, RequestContext

from tests.support.servers.portal import asking, context_over, read_models, signed_up

pytestmark = pytest.mark.backing

_BY = ChangedBy("a test")


@pytest.fixture
async def context(mongodb_url: str, namespace: str) -> AsyncIterator[RequestContext]:
    async with read_models(mongodb_url, namespace) as models:
        yield context_over(models)


@pytest.fixture
async def client(context: RequestContext) -> AsyncIterator[httpx.AsyncClient]:
    async with asking(context) as found:
        yield found


async def _key(context: RequestContext, role: Role) -> dict[str, str]:
    key = await context.api_keys.make_key(role.name.lower(), role, _BY)
    return {"Authorization": f"Bearer {key}"}


@pytest.mark.parametrize("role", [Role.VIEWER, Role.OPERATOR])
@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/api/v1/keys"),
        ("POST", "/api/v1/keys"),
        ("DELETE", "/api/v1/keys/admin"),
        ("GET", "/api/v1/users"),
        ("DELETE", "/api/v1/users/ada@example.com"),
        ("POST", "/api/v1/invitations"),
        ("GET", "/api/v1/access-log"),
        ("GET", "/access"),
        ("POST", "/access/invite"),
        ("POST", "/access/remove"),
        ("POST", "/access/key"),
        ("POST", "/access/revoke"),
    ],
)
async def test_only_an_admin_changes_access(
    client: httpx.AsyncClient, context: RequestContext, method: str, path: str, role: Role
) -> None:
    body = {"name": "k", "mail": "bob@example.com", "role": "admin", "reason": "why not"}
    answer = await client.request(method, path, json=body, headers=await _key(context, role))
    assert answer.status_code == 403
    anonymous = await client.request(method, path, json=body)
    assert anonymous.status_code in {401, 303}


async def test_removing_a_user_ends_sessions_and_open_invitations_at_once(
    client: httpx.AsyncClient, context: RequestContext
) -> None:
    admin = await _key(context, Role.ADMIN)
    client.cookies.set(COOKIE, await signed_up(context))
    assert (await client.get("/servers")).status_code == 200
    again = await context.accounts.invite("ada@example.com", Role.ADMIN, _BY)
    gone = await client.delete(
        "/api/v1/users/ada@example.com?reason=left%20the%20agency", headers=admin
    )
    assert gone.status_code == 204
    assert (await client.get("/servers")).status_code == 303
    assert await context.accounts.accept(again, "correct horse") is None
    assert await context.accounts.sign_in("ada@example.com", "correct horse") is None
    twice = await client.delete("/api/v1/users/ada@example.com", headers=admin)
    assert twice.status_code == 404


async def test_the_access_log_keeps_actor_subject_and_reason(
    client: httpx.AsyncClient, context: RequestContext
) -> None:
    admin = await _key(context, Role.ADMIN)
    asked = {"mail": "Bob@Example.com", "role": "operator", "reason": "new here"}
    link = (await client.post("/api/v1/invitations", json=asked, headers=admin)).json()["link"]
    made = {"name": "zapier", "role": "viewer", "reason": "a report"}
    key = (await client.post("/api/v1/keys", json=made, headers=admin)).json()["key"]
    await client.delete("/api/v1/keys/zapier?reason=done", headers=admin)
    kept = (await client.get("/api/v1/access-log", headers=admin)).json()
    assert [(each["action"], each["subject"], each["actor"], each["reason"]) for each in kept] == [
        ("key revoked", "zapier", "user:key:admin", "done"),
        ("key created", "zapier as viewer", "user:key:admin", "a report"),
        ("invited", "bob@example.com as operator", "user:key:admin", "new here"),
        ("key created", "admin as admin", "a test", "no reason given"),
    ]
    assert link.rpartition("/")[2] not in str(kept)
    assert key not in str(kept)


@pytest.mark.parametrize("mail", ["", "no-address", "a b@c"])
async def test_an_invitation_needs_an_address(
    client: httpx.AsyncClient, context: RequestContext, mail: str
) -> None:
    asked = {"mail": mail, "role": "viewer"}
    answer = await client.post(
        "/api/v1/invitations", json=asked, headers=await _key(context, Role.ADMIN)
    )
    assert answer.status_code == 422
