"""Who may come in: API keys and invitations, for admins."""

from typing import Any

from fastapi import APIRouter, HTTPException

from slipway.reporting.api.answers import InviteAsked, Invited, KeyAsked, KeyMade
from slipway.reporting.desk import Admin, AtDesk, Desk, Viewer
from slipway.reporting.ports import Person, Role

router = APIRouter(tags=["administering"])


@router.get("/me")
async def read_me(person: Viewer) -> dict[str, str]:
    return {"name": person.name, "role": person.role.name.lower()}


@router.get("/keys")
async def read_keys(desk: AtDesk, _: Admin) -> list[dict[str, Any]]:
    return await desk.accounts.keys()


@router.post("/keys", status_code=201)
async def make_key(desk: AtDesk, person: Admin, asked: KeyAsked) -> KeyMade:
    """A new key under a name that has one replaces it."""
    _by_key_only(person)
    role = _role(asked.role)
    key = await desk.accounts.make_key(asked.name, role)
    return KeyMade(name=asked.name, role=asked.role, key=key)


@router.delete("/keys/{name}", status_code=204)
async def revoke_key(desk: AtDesk, person: Admin, name: str) -> None:
    _by_key_only(person)
    if not await desk.accounts.revoke_key(name):
        raise HTTPException(404, f"no key {name!r}")


@router.get("/users")
async def read_users(desk: AtDesk, _: Admin) -> list[dict[str, Any]]:
    return await desk.accounts.users()


@router.post("/invites", status_code=201)
async def invite(desk: AtDesk, person: Admin, asked: InviteAsked) -> Invited:
    _by_key_only(person)
    return Invited(link=await invitation_link(desk, asked.mail, _role(asked.role)))


async def invitation_link(desk: Desk, mail: str, role: Role) -> str:
    return f"{desk.public_url.rstrip('/')}/invite/{await desk.accounts.invite(mail, role)}"


def _by_key_only(person: Person) -> None:
    # A browser sends its cookie along with any site's request; a key is put in on purpose.
    if person.csrf is not None:
        raise HTTPException(403, "changes over the API need an API key, not a browser's session")


def _role(name: str) -> Role:
    try:
        return Role.named(name)
    except KeyError as error:
        raise HTTPException(422, "role: viewer, operator or admin") from error
