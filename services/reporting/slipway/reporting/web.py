"""The HTTP application: API, portal and health in one, with the headers that keep pages honest.

What goes wrong answers in the caller's language: JSON for a program, a page that says what to do
for a person.
"""

from collections.abc import Awaitable, Callable, Sequence
from urllib.parse import SplitResult, urlencode, urlsplit

from fastapi import APIRouter, FastAPI, Request, Response
from fastapi.exception_handlers import (
    http_exception_handler,
    request_validation_exception_handler,
)
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, RedirectResponse
from fastapi.staticfiles import StaticFiles
from starlette.exceptions import HTTPException

from slipway.reporting.api import admin as administering
from slipway.reporting.api import read as reading
from slipway.reporting.api import write as deciding
from slipway.reporting.context import Desk, SignInFirst, person_of
from slipway.reporting.portal import actions, auth, live
from slipway.reporting.portal.pages import (
    attention,
    deliveries,
    fleet,
    incidents,
    kpis,
    locations,
    okrs,
    people,
)
from slipway.reporting.portal.rendering import STATIC, page

_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'self'; img-src 'self' data:; frame-ancestors 'none'; form-action 'self'; "
        "base-uri 'none'"
    ),
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
}
_PAGES = (
    *(auth, actions, live, people),
    *(kpis, okrs, fleet, attention, incidents, deliveries, locations),
)


_AGAIN_SECONDS = 5
_AWAY = "The database doesn't answer. Nothing is lost: what happens meanwhile waits in Kafka."
_BROKEN = "Slipway made a mistake here. Its log has the details, under this page's address."


def application(
    desk: Desk, more: Sequence[APIRouter] = (), away: Sequence[type[Exception]] = ()
) -> FastAPI:
    """`more`: the health routes; `away`: what is raised while the database doesn't answer."""
    app = FastAPI(
        title="Slipway", openapi_url="/api/v1/openapi.json", docs_url=None, redoc_url=None
    )
    app.state.desk = desk
    for part in (reading, deciding, administering):
        app.include_router(part.router, prefix="/api/v1")
    for part in _PAGES:
        app.include_router(part.router, include_in_schema=False)
    for router in more:
        app.include_router(router, include_in_schema=False)
    app.mount("/static", StaticFiles(directory=STATIC), name="static")
    app.middleware("http")(_with_headers)
    app.add_exception_handler(SignInFirst, _to_sign_in)
    app.add_exception_handler(HTTPException, _problem)
    app.add_exception_handler(RequestValidationError, _malformed)
    for error in away:
        app.add_exception_handler(error, _away)
    app.add_exception_handler(Exception, _broken)
    return app


async def _with_headers(
    request: Request, call_next: Callable[[Request], Awaitable[Response]]
) -> Response:
    if request.method == "POST" and request.headers.get("sec-fetch-site") == "cross-site":
        # Forms that carry no session yet, the sign-in above all, have no other guard.
        return JSONResponse({"detail": "not from another site"}, 403)
    response = await call_next(request)
    response.headers.update(_HEADERS)
    if request.app.state.desk.secure:
        response.headers["Strict-Transport-Security"] = "max-age=31536000"
    if not request.url.path.startswith("/static/"):
        response.headers["Cache-Control"] = "no-store"
    return response


async def _to_sign_in(request: Request, _error: Exception) -> Response:
    if "hx-request" in request.headers:
        # A redirect would put the sign-in inside the page; htmx follows this header instead.
        to = _path_of(urlsplit(request.headers.get("hx-current-url", "/")))
        return Response(status_code=401, headers={"HX-Redirect": f"/sign-in?{to}"})
    return RedirectResponse(f"/sign-in?{_path_of(urlsplit(str(request.url)))}", 303)


def _path_of(address: SplitResult) -> str:
    """Where to go on after the sign-in."""
    return urlencode({"to": address.path + (f"?{address.query}" if address.query else "")})


def _is_page(request: Request) -> bool:
    wants_page = "text/html" in request.headers.get("accept", "")
    return wants_page and not request.url.path.startswith("/api/")


async def _problem(request: Request, error: Exception) -> Response:
    if not isinstance(error, HTTPException):
        raise error
    if not _is_page(request):
        return await http_exception_handler(request, error)
    person = await person_of(request, request.app.state.desk)
    return await page(
        request,
        "problem.html",
        person,
        code=error.status_code,
        status=error.status_code,
        problem=error.detail,
    )


async def _malformed(request: Request, error: Exception) -> Response:
    if not isinstance(error, RequestValidationError):
        raise error
    if not _is_page(request):
        return await request_validation_exception_handler(request, error)
    named = ", ".join(str(each["loc"][-1]) for each in error.errors())
    problem = f"This address says something that can't be read: {named}."
    return await page(request, "problem.html", None, code=422, problem=problem)


async def _away(request: Request, _error: Exception) -> Response:
    if not _is_page(request):
        return JSONResponse({"detail": _AWAY}, 503, {"Retry-After": str(_AGAIN_SECONDS)})
    response = await page(request, "problem.html", None, code=503, problem=_AWAY)
    response.headers["Refresh"] = str(_AGAIN_SECONDS)
    return response


async def _broken(request: Request, _error: Exception) -> Response:
    # Outside the middleware: the headers are set here. The error itself is raised on, and logged.
    if not _is_page(request):
        return JSONResponse({"detail": _BROKEN}, 500, _HEADERS)
    response = await page(request, "problem.html", None, code=500, problem=_BROKEN)
    response.headers.update(_HEADERS)
    return response
