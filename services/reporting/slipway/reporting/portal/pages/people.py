"""People and keys: who may come in, in which role, and who let them; for admins."""

import re
from typing import Any

from fastapi import APIRouter, HTTPException, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from starlette.datastructures import FormData

from slipway.reporting.context import Admin, AtDesk, Desk
from slipway.reporting.portal.auth import require_csrf
from slipway.reporting.portal.rendering import page
from slipway.reporting.ports import By, Person, Role

router = APIRouter()


@router.get("/people")
async def show_people(request: Request, desk: AtDesk, person: Admin) -> HTMLResponse:
    return await _page(request, desk, person)


@router.post("/people/invite")
async def invite(request: Request, desk: AtDesk, person: Admin) -> HTMLResponse:
    form, by = await _asked(request, person)
    mail = str(form.get("mail", "")).strip()
    if not re.fullmatch(r"[^@\s]+@[^@\s]+", mail):
        raise HTTPException(422, "a mail address is needed")
    link = await desk.invitation(mail, _role(form), by)
    return await _page(request, desk, person, made=link, made_for=mail)


@router.post("/people/remove")
async def remove(request: Request, desk: AtDesk, person: Admin) -> Response:
    form, by = await _asked(request, person)
    mail = str(form.get("mail", ""))
    if mail == person.name:
        # So there is always an admin left.
        raise HTTPException(422, "nobody removes themselves: ask another admin")
    await desk.accounts.remove_user(mail, by)
    return RedirectResponse("/people", 303)


@router.post("/people/key")
async def make_key(request: Request, desk: AtDesk, person: Admin) -> HTMLResponse:
    form, by = await _asked(request, person)
    name = str(form.get("name", "")).strip()[:100]
    if not name:
        raise HTTPException(422, "a key needs a name")
    key = await desk.accounts.make_key(name, _role(form), by)
    return await _page(request, desk, person, made=key, made_for=f"the key {name}")


@router.post("/people/revoke")
async def revoke(request: Request, desk: AtDesk, person: Admin) -> Response:
    form, by = await _asked(request, person)
    await desk.accounts.revoke_key(str(form.get("name", "")), by)
    return RedirectResponse("/people", 303)


async def _asked(request: Request, person: Person) -> tuple[FormData, By]:
    form = await request.form()
    require_csrf(person, form)
    reason = str(form.get("reason", "")).strip()
    if not reason:
        raise HTTPException(422, "say why, it stays in the history")
    return form, By(person.actor, reason[:300])


def _role(form: FormData) -> Role:
    try:
        return Role.named(str(form.get("role", "")))
    except KeyError as error:
        raise HTTPException(422, "a role is viewer, operator or admin") from error


async def _page(request: Request, desk: Desk, person: Person, **made: Any) -> HTMLResponse:
    return await page(
        request,
        "people.html",
        person,
        here="/people",
        users=await desk.accounts.users(),
        keys=await desk.accounts.keys(),
        accesses=await desk.accounts.accesses(30),
        **{"made": None, "made_for": "", **made},
    )
