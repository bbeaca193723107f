"""What a request may use, and who asks: a session's cookie in a browser, or `Bearer <API key>`."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from fastapi import Depends, HTTPException, Request

from slipway.reporting.okrs import Okrs
from slipway.reporting.ports import Accounts, By, Figures, Outbox, Person, Questions, Role

COOKIE = "slipway_session"


@dataclass(frozen=True)
class Desk:
    questions: Questions
    figures: Figures
    accounts: Accounts
    outbox: Outbox
    okrs: Okrs
    clock: Callable[[], datetime]
    new_id: Callable[[], str]
    public_url: str

    @property
    def secure(self) -> bool:
        """Cookies only over TLS, unless the portal is on plain http on purpose (a demo)."""
        return self.public_url.startswith("https://")

    async def invitation(self, mail: str, role: Role, by: By) -> str:
        """The link that lets somebody in, once."""
        return f"{self.public_url.rstrip('/')}/invite/{await self.accounts.invite(mail, role, by)}"


class SignInFirst(Exception):
    """A page was asked for without a session: the browser is sent to the sign-in."""


def desk_of(request: Request) -> Desk:
    desk: Desk = request.app.state.desk
    return desk


AtDesk = Annotated[Desk, Depends(desk_of)]


async def person_of(request: Request, desk: AtDesk) -> Person | None:
    scheme, _, key = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer":
        return await desk.accounts.by_key(key.strip())
    token = request.cookies.get(COOKIE)
    return await desk.accounts.by_session(token) if token else None


MaybePerson = Annotated[Person | None, Depends(person_of)]


async def _viewer(request: Request, person: MaybePerson) -> Person:
    if person is None:
        if request.url.path.startswith("/api/") or "authorization" in request.headers:
            raise HTTPException(401, "an API key as `Authorization: Bearer <key>` is needed")
        raise SignInFirst
    return person


async def _admin(person: Annotated[Person, Depends(_viewer)]) -> Person:
    if person.role < Role.ADMIN:
        raise HTTPException(403, "this needs the role admin")
    return person


Viewer = Annotated[Person, Depends(_viewer)]
Admin = Annotated[Person, Depends(_admin)]
