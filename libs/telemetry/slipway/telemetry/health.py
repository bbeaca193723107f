"""Serves `/health`, `/health/live`, `/health/ready` and `/metrics`.

A check measures whether the work makes progress, and not only whether the client answers a ping. A
consumer can answer pings while it consumes nothing (observed with aiokafka).
"""

from collections.abc import Awaitable, Callable, Mapping

from fastapi import APIRouter, Response
from fastapi.responses import JSONResponse
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

Check = Callable[[], bool] | Callable[[], Awaitable[bool]]


class Health:
    """Answers the health routes. `live` and `ready` are checks that return True if all is well.

    If a check of `live` is False, a restart of the process helps. If a check of `ready` is False,
    the process cannot take work now.

    `failing` returns the background tasks that failed recently, each with its problem. These tasks
    do not change `live` or `ready`: they are restarted automatically, and a failing poller must
    not stop webhooks.
    """

    def __init__(
        self,
        live: Mapping[str, Check],
        ready: Mapping[str, Check] | None = None,
        failing: Callable[[], Mapping[str, str]] = dict,
    ) -> None:
        self._live = live
        self._ready = {**live, **(ready or {})}
        self._failing = failing
        self.router = APIRouter(include_in_schema=False)
        self.router.add_api_route("/health", self.answer_all)
        self.router.add_api_route("/health/live", self.answer_live)
        self.router.add_api_route("/health/ready", self.answer_ready)
        self.router.add_api_route("/metrics", self.answer_metrics)

    async def answer_all(self) -> JSONResponse:
        """Returns the result of every check, and the failing background tasks."""
        checks, failing = await _results(self._ready), dict(self._failing())
        healthy = all(checks.values()) and not failing
        content = {"checks": checks, "failing_tasks": failing}
        return JSONResponse(content, status_code=200 if healthy else 503)

    async def answer_live(self) -> JSONResponse:
        return await _answer(self._live)

    async def answer_ready(self) -> JSONResponse:
        return await _answer(self._ready)

    async def answer_metrics(self) -> Response:
        return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)


async def _results(checks: Mapping[str, Check]) -> dict[str, bool]:
    return {name: await _ask(check) for name, check in checks.items()}


async def _answer(checks: Mapping[str, Check]) -> JSONResponse:
    found = await _results(checks)
    return JSONResponse(found, status_code=200 if all(found.values()) else 503)


async def _ask(check: Check) -> bool:
    answer = check()
    return answer if isinstance(answer, bool) else await answer
