"""Answers errors in the caller's format: JSON for programs, a page with advice for browsers.

`web` registers these handlers for the API and the portal.
"""

from collections.abc import Sequence
from urllib.parse import SplitResult, urlencode, urlsplit

from fastapi import FastAPI, Request, Response
from fastapi.exception_handlers import (
    http_exception_handler,
    request_validation_exception_handler,
)
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, RedirectResponse
from starlette.exceptions import HTTPException

from slipway.reporting.context import SignInRequired, principal_of
from slipway.reporting.portal.rendering import page

SECURITY_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'self'; img-src 'self' data:; frame-ancestors 'none'; form-action 'self'; "
        "base-uri 'none'"
    ),
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
}
_RETRY_SECONDS = 5
_UNAVAILABLE = "The database is not responding. No event is lost: new events wait in Kafka."
_INTERNAL_ERROR = "Slipway has an internal error. The log has the details under this page's path."


def add_error_handlers(app: FastAPI, unavailable: Sequence[type[Exception]]) -> None:
    app.add_exception_handler(SignInRequired, _to_sign_in)
    app.add_exception_handler(HTTPException, _http_error)
    app.add_exception_handler(RequestValidationError, _invalid)
    for error in unavailable:
        app.add_exception_handler(error, _unavailable)
    app.add_exception_handler(Exception, _internal_error)


async def _to_sign_in(request: Request, _error: Exception) -> Response:
    if "hx-request" in request.headers:
        # A plain redirect would make htmx show the sign-in form inside the page.
        to = _return_to(urlsplit(request.headers.get("hx-current-url", "/")))
        return Response(status_code=401, headers={"HX-Redirect": f"/sign-in?{to}"})
    return RedirectResponse(f"/sign-in?{_return_to(urlsplit(str(request.url)))}", 303)


def _return_to(address: SplitResult) -> str:
    """Returns the query string that leads back to this address after the sign-in."""
    return urlencode({"to": address.path + (f"?{address.query}" if address.query else "")})


def _wants_page(request: Request) -> bool:
    html = "text/html" in request.headers.get("accept", "")
    return html and not request.url.path.startswith("/api/")


async def _http_error(request: Request, error: Exception) -> Response:
    if not isinstance(error, HTTPException):
        raise error
    if not _wants_page(request):
        return await http_exception_handler(request, error)
    return await page(
        request,
        "problem.html",
        await principal_of(request, request.app.state.context),
        code=error.status_code,
        problem=error.detail,
    )


async def _invalid(request: Request, error: Exception) -> Response:
    if not isinstance(error, RequestValidationError):
        raise error
    if not _wants_page(request):
        return await request_validation_exception_handler(request, error)
    names = ", ".join(str(each["loc"][-1]) for each in error.errors())
    problem = f"This address has an invalid value for {names}."
    return await page(request, "problem.html", None, code=422, problem=problem)


async def _unavailable(request: Request, _error: Exception) -> Response:
    if not _wants_page(request):
        return JSONResponse({"detail": _UNAVAILABLE}, 503, {"Retry-After": str(_RETRY_SECONDS)})
    response = await page(request, "problem.html", None, code=503, problem=_UNAVAILABLE)
    response.headers["Refresh"] = str(_RETRY_SECONDS)
    return response


async def _internal_error(request: Request, _error: Exception) -> Response:
    # This handler runs outside the middleware, so it sets the headers itself.
    # Starlette raises the error again after this answer, and the server logs it.
    if not _wants_page(request):
        return JSONResponse({"detail": _INTERNAL_ERROR}, 500, SECURITY_HEADERS)
    response = await page(request, "problem.html", None, code=500, problem=_INTERNAL_ERROR)
    response.headers.update(SECURITY_HEADERS)
    return response
