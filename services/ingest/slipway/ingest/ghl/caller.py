"""Makes one call of GHL's API, with token and rate limit. A failure is TryLater or Refused.

`client` uses it. After a failed connection, calls for the same location raise TryLater for one
second. Otherwise each of a thousand due deliveries would wait for its own time-out.
"""

from collections.abc import Callable, Mapping
from typing import Any

import httpx
from opentelemetry.trace import SpanKind
from pydantic import SecretStr

from slipway.ingest.ghl.payload import parse_json
from slipway.ingest.ghl.port import ApiProblem, Record, Refused, TryLater
from slipway.ingest.ghl.rate_limit import RateLimiter
from slipway.telemetry import metrics, traces

VERSION = "2021-07-28"

UNREADABLE_ANSWER_SECONDS = 2.0
_FIRST_ERROR = 400
_PAUSE_SECONDS = 1.0
_TOKEN_REFUSED_SECONDS = 30.0
_RATE_LIMITED_SECONDS = 2.0
"""The wait after a 429 without a Retry-After header, which GHL does not document."""


class ApiCaller:
    """Calls GHL's API for all locations.

    `client` has the base URL and the time-outs. `clock` is monotonic, in seconds.
    """

    def __init__(
        self,
        client: httpx.AsyncClient,
        tokens: Mapping[str, SecretStr],
        *,
        requests_per_10_seconds: float,
        clock: Callable[[], float],
    ) -> None:
        self._client = client
        self._tokens = tokens
        self._clock = clock
        self._rate_limiters = {
            location: RateLimiter(requests_per_10_seconds, 10.0, clock) for location in tokens
        }
        self._paused_until: dict[str, float] = {}

    async def call(
        self, location: str, method: str, path: str, *, low_priority: bool = False, **content: Any
    ) -> Record | None:
        """Returns the JSON object of the answer, or None for a 404. Raises TryLater or Refused."""
        token = self._tokens.get(location)
        if token is None:
            raise Refused(f"no token for location {location}: add it to SLIPWAY_INGEST_LOCATIONS")
        self._acquire(location, low_priority=low_priority)
        headers = {"Authorization": f"Bearer {token.get_secret_value()}", "Version": VERSION}
        with traces.span(f"GHL {method} {_span_name(path)}", kind=SpanKind.CLIENT):
            try:
                answer = await self._client.request(method, path, headers=headers, **content)
            except httpx.HTTPError as error:
                raise self._pause(location) from error
        return self._interpret(location, answer)

    def _acquire(self, location: str, *, low_priority: bool) -> None:
        pause = self._paused_until.get(location, 0.0) - self._clock()
        if pause > 0:
            raise TryLater(ApiProblem.UNREACHABLE, pause)
        rate_limiter = self._rate_limiters[location]
        wait = rate_limiter.acquire(low_priority=low_priority)
        metrics.GHL_RATE_LIMIT.labels(location).set(rate_limiter.remaining)
        if wait > 0:
            raise TryLater(ApiProblem.RATE_LIMITED, wait)

    def _pause(self, location: str) -> TryLater:
        self._paused_until[location] = self._clock() + _PAUSE_SECONDS
        return TryLater(ApiProblem.UNREACHABLE, _PAUSE_SECONDS)

    def _interpret(self, location: str, answer: httpx.Response) -> Record | None:
        if answer.status_code < _FIRST_ERROR:
            self._rate_limiters[location].accepted()
        match answer.status_code:
            case 200 | 201:
                return _json_object(answer)
            case 404:
                return None
            case 401 | 403:
                raise TryLater(ApiProblem.TOKEN_REFUSED, _TOKEN_REFUSED_SECONDS)
            case 429:
                wait = self._rate_limiters[location].refused(_retry_after(answer))
                raise TryLater(ApiProblem.RATE_LIMITED, wait)
            case 400 | 422:
                raise Refused(f"GHL refuses {answer.request.url.path}: {answer.status_code}")
            case _:
                raise self._pause(location)


def _json_object(answer: httpx.Response) -> Record:
    try:
        found = parse_json(answer.content)
    except (ValueError, RecursionError) as error:
        # A maintenance page with status 200 says nothing about a subscription.
        raise TryLater(ApiProblem.UNREACHABLE, _PAUSE_SECONDS) from error
    if not isinstance(found, dict):
        raise TryLater(ApiProblem.UNREACHABLE, _PAUSE_SECONDS)
    return found


def _retry_after(answer: httpx.Response) -> float:
    given = answer.headers.get("retry-after", "")
    return float(given) if given.isdigit() else _RATE_LIMITED_SECONDS


def _span_name(path: str) -> str:
    """Returns the path without ids, so that there are few span names and no personal data."""
    return "/".join(path.split("/")[:3])
