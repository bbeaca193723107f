"""Sign-in, sign-out, invitations, and the protection of forms against request forgery."""

import hmac
import re

from fastapi import APIRouter, HTTPException, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from starlette.datastructures import FormData

from slipway.reporting.access import Principal, TooManyAttempts
from slipway.reporting.context import COOKIE, Context, OptionalPrincipal, RequestContext, Viewer
from slipway.reporting.portal.rendering import page

router = APIRouter()
_SHORTEST_PASSWORD = 10
_WEEK = 7 * 24 * 3600


def require_csrf(principal: Principal, form: FormData) -> None:
    """Raises HTTPException 403 unless the form contains the CSRF token of the caller's session.

    A caller with an API key needs no token, because a browser never sends an API key automatically.
    """
    if principal.csrf is None:
        return
    # compare_digest raises TypeError for non-ASCII text, so it gets bytes.
    if not hmac.compare_digest(principal.csrf.encode(), str(form.get("csrf", "")).encode()):
        raise HTTPException(403, "this form has expired: reload the page and try again")


@router.get("/sign-in")
async def show_sign_in(request: Request, principal: OptionalPrincipal, to: str = "/") -> Response:
    if principal is not None:
        return RedirectResponse(_inside(to), 303)
    return await page(request, "sign_in.html", None, problem=None, to=_inside(to))


@router.post("/sign-in")
async def sign_in(request: Request, context: Context) -> Response:
    form = await request.form()
    to = _inside(str(form.get("to", "/")))
    try:
        token = await context.accounts.sign_in(
            str(form.get("mail", "")), str(form.get("password", ""))
        )
    except TooManyAttempts:
        problem = "Too many attempts. Try again in 15 minutes."
        return await page(request, "sign_in.html", None, problem=problem, to=to, code=429)
    if token is None:
        problem = "Wrong e-mail address or password."
        return await page(request, "sign_in.html", None, problem=problem, to=to, code=401)
    return _with_session(context, token, to)


@router.post("/sign-out")
async def sign_out(request: Request, context: Context, principal: Viewer) -> Response:
    require_csrf(principal, await request.form())
    await context.accounts.sign_out(request.cookies.get(COOKIE, ""))
    response = RedirectResponse("/sign-in", 303)
    response.delete_cookie(COOKIE)
    return response


@router.get("/invite/{token}")
async def show_invitation(request: Request, token: str) -> HTMLResponse:
    return await page(request, "invite.html", None, token=token, problem=None)


@router.post("/invite/{token}")
async def accept_invitation(request: Request, context: Context, token: str) -> Response:
    password = str((await request.form()).get("password", ""))
    if len(password) < _SHORTEST_PASSWORD:
        problem = f"The password needs at least {_SHORTEST_PASSWORD} characters."
        return await page(request, "invite.html", None, token=token, problem=problem, code=422)
    mail = await context.accounts.accept(token, password)
    if mail is None:
        problem = "This link was already used or is older than a day. Ask an admin for a new one."
        return await page(request, "invite.html", None, token=token, problem=problem, code=410)
    session = await context.accounts.sign_in(mail, password)
    return _with_session(context, session) if session else RedirectResponse("/sign-in", 303)


def _inside(to: str) -> str:
    """Returns `to` if it is a path of this portal, else the dashboard.

    A path that starts with two slashes would lead to another site.
    """
    return to if re.fullmatch(r"/(?![/\\])[^\x00-\x1f]*", to) else "/"


def _with_session(context: RequestContext, token: str, to: str = "/") -> Response:
    response = RedirectResponse(to, 303)
    response.set_cookie(
        COOKIE, token, max_age=_WEEK, httponly=True, samesite="lax", secure=context.secure
    )
    return response
