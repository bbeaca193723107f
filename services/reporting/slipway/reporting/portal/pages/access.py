"""The page of the users, invitations and API keys. Only admins see and change them."""

import re
from typing import Any

from fastapi import APIRouter, HTTPException, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from starlette.datastructures import FormData

from slipway.reporting.access import ChangedBy, Principal, Role
from slipway.reporting.context import Admin, Context, RequestContext
from slipway.reporting.portal.auth import require_csrf
from slipway.reporting.portal.rendering import page

router = APIRouter()


@router.get("/access")
async def show_access(request: Request, context: Context, principal: Admin) -> HTMLResponse:
    return await _page(request, context, principal)


@router.post("/access/invite")
async def invite(request: Request, context: Context, principal: Admin) -> HTMLResponse:
    form, by = await _submitted(request, principal)
    mail = str(form.get("mail", "")).strip()
    if not re.fullmatch(r"[^@\s]+@[^@\s]+", mail):
        raise HTTPException(422, "an e-mail address is required")
    link = await context.invitation_link(mail, _role(form), by)
    return await _page(request, context, principal, made=link, made_for=f"invitation for {mail}")


@router.post("/access/remove")
async def remove(request: Request, context: Context, principal: Admin) -> Response:
    form, by = await _submitted(request, principal)
    mail = str(form.get("mail", ""))
    if mail == principal.name:
        # At least one admin must remain.
        raise HTTPException(422, "you cannot remove yourself: ask another admin")
    await context.accounts.remove_user(mail, by)
    return RedirectResponse("/access", 303)


@router.post("/access/key")
async def make_key(request: Request, context: Context, principal: Admin) -> HTMLResponse:
    form, by = await _submitted(request, principal)
    name = str(form.get("name", "")).strip()[:100]
    if not name:
        raise HTTPException(422, "a key needs a name")
    key = await context.api_keys.make_key(name, _role(form), by)
    return await _page(request, context, principal, made=key, made_for=f"API key {name}")


@router.post("/access/revoke")
async def revoke(request: Request, context: Context, principal: Admin) -> Response:
    form, by = await _submitted(request, principal)
    await context.api_keys.revoke_key(str(form.get("name", "")), by)
    return RedirectResponse("/access", 303)


async def _submitted(request: Request, principal: Principal) -> tuple[FormData, ChangedBy]:
    form = await request.form()
    require_csrf(principal, form)
    reason = str(form.get("reason", "")).strip()
    if not reason:
        raise HTTPException(422, "a reason is required, it is kept in the access log")
    return form, ChangedBy(principal.actor, reason[:300])


def _role(form: FormData) -> Role:
    try:
        return Role.named(str(form.get("role", "")))
    except KeyError as error:
        raise HTTPException(422, "a role is viewer, operator or admin") from error


async def _page(
    request: Request, context: RequestContext, principal: Principal, **made: Any
) -> HTMLResponse:
    return await page(
        request,
        "access.html",
        principal,
        here="/access",
        users=await context.accounts.users(),
        keys=await context.api_keys.keys(),
        access_log=await context.accounts.access_log(30),
        **{"made": None, "made_for": "", **made},
    )
