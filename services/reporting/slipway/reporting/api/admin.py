"""Routes for API keys, users and invitations. All of them need the role admin."""

from typing import Any

from fastapi import APIRouter, HTTPException

from slipway.reporting.access import ChangedBy, Principal, Role
from slipway.reporting.api.serializers import (
    CreatedInvitation,
    CreatedKey,
    InvitationRequest,
    KeyRequest,
)
from slipway.reporting.context import Admin, Context, Viewer

router = APIRouter(tags=["access"])


@router.get("/me")
async def read_me(principal: Viewer) -> dict[str, str]:
    """Returns the caller's own name and role."""
    return {"name": principal.name, "role": principal.role.name.lower()}


@router.get("/keys")
async def read_keys(context: Context, _: Admin) -> list[dict[str, Any]]:
    return await context.api_keys.keys()


@router.post("/keys", status_code=201)
async def make_key(context: Context, principal: Admin, body: KeyRequest) -> CreatedKey:
    """Creates an API key. It replaces an existing key of the same name."""
    by = _changed_by(principal, body.reason)
    key = await context.api_keys.make_key(body.name, _role(body.role), by)
    return CreatedKey(name=body.name, role=body.role, key=key)


@router.delete("/keys/{name}", status_code=204)
async def revoke_key(context: Context, principal: Admin, name: str, reason: str = "") -> None:
    if not await context.api_keys.revoke_key(name, _changed_by(principal, reason)):
        raise HTTPException(404, f"no key {name!r}")


@router.get("/users")
async def read_users(context: Context, _: Admin) -> list[dict[str, Any]]:
    return await context.accounts.users()


@router.delete("/users/{mail}", status_code=204)
async def remove_user(context: Context, principal: Admin, mail: str, reason: str = "") -> None:
    """Removes a user, and ends all their sessions and open invitations immediately."""
    if not await context.accounts.remove_user(mail, _changed_by(principal, reason)):
        raise HTTPException(404, f"no user {mail!r}")


@router.post("/invitations", status_code=201)
async def invite(context: Context, principal: Admin, body: InvitationRequest) -> CreatedInvitation:
    """Creates an invitation link that can be used once, within a day."""
    by = _changed_by(principal, body.reason)
    return CreatedInvitation(link=await context.invitation_link(body.mail, _role(body.role), by))


@router.get("/access-log")
async def read_access_log(context: Context, _: Admin) -> list[dict[str, Any]]:
    """Returns all changes of users, invitations and keys, newest first."""
    return await context.accounts.access_log()


def _changed_by(principal: Principal, reason: str) -> ChangedBy:
    # Any site can make a browser send its cookie. An API key is only sent on purpose.
    if principal.csrf is not None:
        raise HTTPException(403, "changes over the API need an API key, not a browser's session")
    return ChangedBy(principal.actor, reason.strip() or "no reason given")


def _role(name: str) -> Role:
    try:
        return Role.named(name)
    except KeyError as error:
        raise HTTPException(422, "role: viewer, operator or admin") from error
