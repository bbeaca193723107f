"""Checks every API request: outage, rate limit, token, Version header, location.

The sequence of the checks is that of a real gateway. A request that is refused by a later check
still counts for the rate limit.
"""

import asyncio
from collections import deque
from dataclasses import dataclass, field
from datetime import timedelta

from starlette.datastructures import QueryParams
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from slipway.simulators.aborted_response import AbortedResponse
from slipway.simulators.ghl.billing import Ghl
from slipway.simulators.ghl.faults import Outage
from slipway.simulators.ghl.records.entities import Location

_WINDOW = timedelta(seconds=10)
VERSIONS = frozenset({"v3", "2023-02-21", "2021-07-28", "2021-04-15", "legacy"})


def problem(status: int, message: str, error: str) -> JSONResponse:
    return JSONResponse({"statusCode": status, "message": message, "error": error}, status)


@dataclass
class _Budget:
    """Counts the requests of one location in the last ten seconds and on the current day."""

    recent: deque[float] = field(default_factory=deque)
    day: str = ""
    today: int = 0


class ApiGateway:
    """ASGI middleware around the API's routes. It stores the location in the request's state."""

    def __init__(self, app: ASGIApp, ghl: Ghl) -> None:
        self._app, self._ghl = app, ghl
        self._budgets: dict[str, _Budget] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        faults = self._ghl.faults
        if faults.slow_seconds:
            await asyncio.sleep(faults.slow_seconds)
        if faults.strikes(self._ghl.rng):
            await _fail(faults.outage, scope, receive, send)
            return
        request = Request(scope)
        location = self._location(request)
        refused = _refusal(request, location)
        limits: dict[str, str] = {}
        if location is not None:
            limits, is_over = self._spend(location)
            if is_over:
                refused = problem(429, "Too Many Requests", "Too Many Requests")
        if refused is not None:
            refused.headers.update(limits)
            await refused(scope, receive, send)
            return
        scope.setdefault("state", {})["location"] = location
        await self._app(scope, receive, _with_headers(send, limits))

    def _location(self, request: Request) -> Location | None:
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        return self._ghl.records.token_location(token) if scheme.lower() == "bearer" else None

    def _spend(self, location: Location) -> tuple[dict[str, str], bool]:
        now, most = self._ghl.clock(), self._ghl.faults.requests_per_10_seconds
        daily = self._ghl.settings.requests_per_day
        budget = self._budgets.setdefault(location.id, _Budget())
        if budget.day != f"{now:%F}":
            budget.day, budget.today = f"{now:%F}", 0
        while budget.recent and budget.recent[0] <= (now - _WINDOW).timestamp():
            budget.recent.popleft()
        is_over = most > 0 and (len(budget.recent) >= most or budget.today >= daily)
        if not is_over and most > 0:
            budget.recent.append(now.timestamp())
            budget.today += 1
        headers = {
            "X-RateLimit-Limit-Daily": str(daily),
            "X-RateLimit-Daily-Remaining": str(max(0, daily - budget.today)),
            "X-RateLimit-Interval-Milliseconds": "10000",
            "X-RateLimit-Max": str(most),
            "X-RateLimit-Remaining": str(max(0, most - len(budget.recent))),
        }
        return headers, is_over


def _refusal(request: Request, location: Location | None) -> Response | None:
    if location is None:
        return problem(401, "Invalid Private Integration token", "Unauthorized")
    if request.headers.get("version") not in VERSIONS:
        return problem(400, "version header was not found or is unknown", "Bad Request")
    asked = _asked_for(request.query_params, request.url.path)
    if asked not in {None, location.id}:
        return problem(403, "The token does not have access to this location.", "Forbidden")
    return None


def _asked_for(query: QueryParams, path: str) -> str | None:
    _, found, rest = path.partition("/locations/")
    return rest.split("/")[0] if found else query.get("altId")


async def _fail(outage: Outage, scope: Scope, receive: Receive, send: Send) -> None:
    answers: dict[Outage, Response] = {
        Outage.CUT: AbortedResponse(),
        Outage.PAGE: HTMLResponse("<h1>We'll be right back</h1>"),
        Outage.ERROR: problem(503, "Service temporarily unavailable", "Service Unavailable"),
    }
    await answers[outage](scope, receive, send)


def _with_headers(send: Send, headers: dict[str, str]) -> Send:
    raw = [(name.lower().encode(), value.encode()) for name, value in headers.items()]

    async def sending(message: Message) -> None:
        if message["type"] == "http.response.start":
            message = {**message, "headers": [*message.get("headers", []), *raw]}
        await send(message)

    return sending
