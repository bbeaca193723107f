"""The HTTP application: the API, the portal, the health routes, and the security headers."""

from collections.abc import Awaitable, Callable, Sequence

from fastapi import APIRouter, FastAPI, Request, Response
from fastapi.responses import JSONResponse
from fastapi.staticfiles import StaticFiles

from slipway.reporting.api import admin, read, write
from slipway.reporting.context import RequestContext
from slipway.reporting.portal import auth, commands, feedback, live
from slipway.reporting.portal.error_pages import SECURITY_HEADERS, add_error_handlers
from slipway.reporting.portal.pages import (
    access,
    dashboard,
    events,
    failed_messages,
    incidents,
    locations,
    needs_attention,
    objectives,
    safety_brake,
    servers,
    system_health,
    webhooks,
)
from slipway.reporting.portal.rendering import STATIC

_API = (read, write, admin)
_PORTAL = (
    *(auth, commands, feedback, live),
    *(dashboard, needs_attention, incidents, servers, events, webhooks, failed_messages),
    *(locations, safety_brake, system_health, objectives, access),
)


def application(
    context: RequestContext,
    more: Sequence[APIRouter] = (),
    unavailable: Sequence[type[Exception]] = (),
) -> FastAPI:
    """Returns the application with all routes.

    `more` are the health routes. `unavailable` are the errors that the client of MongoDB raises in
    an outage.
    """
    app = FastAPI(
        title="Slipway", openapi_url="/api/v1/openapi.json", docs_url=None, redoc_url=None
    )
    app.state.context = context
    for part in _API:
        app.include_router(part.router, prefix="/api/v1")
    for part in _PORTAL:
        app.include_router(part.router, include_in_schema=False)
    for router in more:
        app.include_router(router, include_in_schema=False)
    app.mount("/static", StaticFiles(directory=STATIC), name="static")
    app.middleware("http")(_secured)
    add_error_handlers(app, unavailable)
    return app


async def _secured(
    request: Request, call_next: Callable[[Request], Awaitable[Response]]
) -> Response:
    if request.method == "POST" and request.headers.get("sec-fetch-site") == "cross-site":
        # The sign-in form has no session yet, so no token protects it against other sites.
        return JSONResponse({"detail": "requests from other sites are not allowed"}, 403)
    response = await call_next(request)
    response.headers.update(SECURITY_HEADERS)
    if request.app.state.context.secure:
        response.headers["Strict-Transport-Security"] = "max-age=31536000"
    if not request.url.path.startswith("/static/"):
        response.headers["Cache-Control"] = "no-store"
    return response
