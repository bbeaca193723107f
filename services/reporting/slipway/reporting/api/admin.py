"""Who may come in: API keys, users and invitations, for admins."""

from typing import Any

from fastapi import APIRouter, HTTPException

from slipway.reporting.api.serializers import InviteAsked, Invited, KeyAsked, KeyMade
from slipway.reporting.context import Admin, AtDesk, Viewer
from slipway.reporting.ports import By, Person, Role

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
    by = _by_key(person, asked.reason)
    key = await desk.accounts.make_key(asked.name, _role(asked.role), by)
    return KeyMade(name=asked.name, role=asked.role, key=key)


@router.delete("/keys/{name}", status_code=204)
async def revoke_key(desk: AtDesk, person: Admin, name: str, reason: str = "") -> None:
    if not await desk.accounts.revoke_key(name, _by_key(person, reason)):
        raise HTTPException(404, f"no key {name!r}")


@router.get("/users")
async def read_users(desk: AtDesk, _: Admin) -> list[dict[str, Any]]:
    return await desk.accounts.users()


@router.delete("/users/{mail}", status_code=204)
async def remove_user(desk: AtDesk, person: Admin, mail: str, reason: str = "") -> None:
    """Out at once, with every session and open invitation."""
    if not await desk.accounts.remove_user(mail, _by_key(person, reason)):
        raise HTTPException(404, f"no user {mail!r}")


@router.post("/invites", status_code=201)
async def invite(desk: AtDesk, person: Admin, asked: InviteAsked) -> Invited:
    by = _by_key(person, asked.reason)
    return Invited(link=await desk.invitation(asked.mail, _role(asked.role), by))


@router.get("/accesses")
async def read_accesses(desk: AtDesk, _: Admin) -> list[dict[str, Any]]:
    """Who was let in or out, by whom and why, newest first."""
    return await desk.accounts.accesses()


def _by_key(person: Person, reason: str) -> By:
    # A browser sends its cookie along with any site's request; a key is put in on purpose.
    if person.csrf is not None:
        raise HTTPException(403, "changes over the API need an API key, not a browser's session")
    return By(person.actor, reason.strip() or "no reason given")


def _role(name: str) -> Role:
    try:
        return Role.named(name)
    except KeyError as error:
        raise HTTPException(422, "role: viewer, operator or admin") from error
