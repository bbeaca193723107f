"""The dependencies of a request handler, and the authentication of its caller.

A browser authenticates by its session cookie. A program authenticates by its API key in the header
`Authorization`.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from fastapi import Depends, HTTPException, Request

from slipway.reporting.access import Accounts, ApiKeys, ChangedBy, Principal, Role, VotePrompts
from slipway.reporting.okrs import Okrs
from slipway.reporting.ports import CommandPublisher, Metrics, Queries

COOKIE = "slipway_session"


@dataclass(frozen=True)
class RequestContext:
    queries: Queries
    metrics: Metrics
    accounts: Accounts
    api_keys: ApiKeys
    vote_prompts: VotePrompts
    publisher: CommandPublisher
    okrs: Okrs
    clock: Callable[[], datetime]
    new_id: Callable[[], str]
    public_url: str

    @property
    def secure(self) -> bool:
        """Returns whether the portal is served over TLS. Only demos use plain http."""
        return self.public_url.startswith("https://")

    async def invitation_link(self, mail: str, role: Role, by: ChangedBy) -> str:
        token = await self.accounts.invite(mail, role, by)
        return f"{self.public_url.rstrip('/')}/invite/{token}"


class SignInRequired(Exception):
    """Raised for a page that was requested without a session.

    The error handler then redirects the browser to the sign-in page.
    """


def context_of(request: Request) -> RequestContext:
    context: RequestContext = request.app.state.context
    return context


Context = Annotated[RequestContext, Depends(context_of)]


async def principal_of(request: Request, context: Context) -> Principal | None:
    scheme, _, key = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer":
        return await context.api_keys.by_key(key.strip())
    token = request.cookies.get(COOKIE)
    return await context.accounts.by_session(token) if token else None


OptionalPrincipal = Annotated[Principal | None, Depends(principal_of)]


async def _viewer(request: Request, principal: OptionalPrincipal) -> Principal:
    if principal is None:
        if request.url.path.startswith("/api/") or "authorization" in request.headers:
            raise HTTPException(401, "this needs an API key: `Authorization: Bearer <key>`")
        raise SignInRequired
    return principal


async def _admin(principal: Annotated[Principal, Depends(_viewer)]) -> Principal:
    if principal.role < Role.ADMIN:
        raise HTTPException(403, "this needs the role admin")
    return principal


Viewer = Annotated[Principal, Depends(_viewer)]
Admin = Annotated[Principal, Depends(_admin)]
