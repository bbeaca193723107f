"""The HTTP application: API, portal and health in one, with the headers that keep pages honest."""

from collections.abc import Awaitable, Callable, Sequence

from fastapi import APIRouter, FastAPI, Request, Response
from fastapi.exception_handlers import http_exception_handler
from fastapi.responses import RedirectResponse
from fastapi.staticfiles import StaticFiles
from starlette.exceptions import HTTPException

from slipway.reporting.api import administering, deciding, reading
from slipway.reporting.desk import Desk, SignInFirst, person_of
from slipway.reporting.portal import actions, auth, live
from slipway.reporting.portal.pages import (
    attention,
    deliveries,
    fleet,
    incidents,
    kpis,
    locations,
    okrs,
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
_PAGES = (auth, actions, live, kpis, okrs, fleet, attention, incidents, deliveries, locations)


def application(desk: Desk, more: Sequence[APIRouter] = ()) -> FastAPI:
    """`more`: the health routes, from wiring."""
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
    return app


async def _with_headers(
    request: Request, call_next: Callable[[Request], Awaitable[Response]]
) -> Response:
    response = await call_next(request)
    response.headers.update(_HEADERS)
    if not request.url.path.startswith("/static/"):
        response.headers["Cache-Control"] = "no-store"
    return response


async def _to_sign_in(request: Request, _error: Exception) -> Response:
    if "hx-request" in request.headers:
        # A redirect would put the sign-in inside the page; htmx follows this header instead.
        return Response(status_code=401, headers={"HX-Redirect": "/sign-in"})
    return RedirectResponse("/sign-in", 303)


async def _problem(request: Request, error: Exception) -> Response:
    if not isinstance(error, HTTPException):
        raise error
    wants_page = "text/html" in request.headers.get("accept", "")
    if request.url.path.startswith("/api/") or not wants_page:
        return await http_exception_handler(request, error)
    person = await person_of(request, request.app.state.desk)
    return await page(request, "problem.html", person, code=error.status_code, problem=error.detail)
