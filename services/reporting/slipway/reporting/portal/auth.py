"""Signing in and out, accepting an invitation, and the guard against forged requests."""

import hmac
import re

from fastapi import APIRouter, HTTPException, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from starlette.datastructures import FormData

from slipway.reporting.context import COOKIE, AtDesk, Desk, MaybePerson, Viewer
from slipway.reporting.portal.rendering import page
from slipway.reporting.ports import Person, TooManyTries

router = APIRouter()
_SHORTEST_PASSWORD = 10
_WEEK = 7 * 24 * 3600


def require_csrf(person: Person, form: FormData) -> None:
    """A form counts only with the token of this very session. API keys carry no cookie to abuse."""
    if person.csrf is None:
        return
    # As bytes: compared as text, a letter beyond ASCII would be an error of ours.
    if not hmac.compare_digest(person.csrf.encode(), str(form.get("csrf", "")).encode()):
        raise HTTPException(403, "this form is too old: reload the page and try again")


@router.get("/sign-in")
async def show_sign_in(request: Request, person: MaybePerson, to: str = "/") -> Response:
    if person is not None:
        return RedirectResponse(_inside(to), 303)
    return await page(request, "sign_in.html", None, problem=None, to=_inside(to))


@router.post("/sign-in")
async def sign_in(request: Request, desk: AtDesk) -> Response:
    form = await request.form()
    to = _inside(str(form.get("to", "/")))
    try:
        token = await desk.accounts.sign_in(
            str(form.get("mail", "")), str(form.get("password", ""))
        )
    except TooManyTries:
        problem = "Too many tries. Wait a quarter of an hour."
        return await page(request, "sign_in.html", None, problem=problem, to=to, code=429)
    if token is None:
        problem = "This address and password don't go together."
        return await page(request, "sign_in.html", None, problem=problem, to=to, code=401)
    return _with_session(desk, token, to)


@router.post("/sign-out")
async def sign_out(request: Request, desk: AtDesk, person: Viewer) -> Response:
    require_csrf(person, await request.form())
    await desk.accounts.sign_out(request.cookies.get(COOKIE, ""))
    response = RedirectResponse("/sign-in", 303)
    response.delete_cookie(COOKIE)
    return response


@router.get("/invite/{token}")
async def show_invitation(request: Request, token: str) -> HTMLResponse:
    return await page(request, "invite.html", None, token=token, problem=None)


@router.post("/invite/{token}")
async def accept_invitation(request: Request, desk: AtDesk, token: str) -> Response:
    password = str((await request.form()).get("password", ""))
    if len(password) < _SHORTEST_PASSWORD:
        problem = f"At least {_SHORTEST_PASSWORD} characters, please."
        return await page(request, "invite.html", None, token=token, problem=problem, code=422)
    mail = await desk.accounts.accept(token, password)
    if mail is None:
        problem = "This link was used already, or is older than a day. Ask for a new one."
        return await page(request, "invite.html", None, token=token, problem=problem, code=410)
    session = await desk.accounts.sign_in(mail, password)
    return _with_session(desk, session) if session else RedirectResponse("/sign-in", 303)


def _inside(to: str) -> str:
    """A page of this portal, never another site: what begins with two slashes is an address."""
    return to if re.fullmatch(r"/(?![/\\])[^\x00-\x1f]*", to) else "/"


def _with_session(desk: Desk, token: str, to: str = "/") -> Response:
    response = RedirectResponse(to, 303)
    response.set_cookie(
        COOKIE, token, max_age=_WEEK, httponly=True, samesite="lax", secure=desk.secure
    )
    return response
