"""The one client of GHL's API; every trouble leaves it as TryLater or Refused.

Called by `reader`, `worker`, `writer` and `poller`, with a location's private integration token.
After a connection failure a location is left alone for a moment, so that a thousand due deliveries
don't each wait for their own time-out.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any
from urllib.parse import quote

import httpx
from opentelemetry.trace import SpanKind
from pydantic import SecretStr

from slipway.ingest.ghl.payload import parse
from slipway.ingest.ghl.port import (
    ApiProblem,
    Page,
    Record,
    Refused,
    TryLater,
)
from slipway.ingest.ghl.rate_limit import Budget
from slipway.telemetry import metrics, traces

VERSION = "2021-07-28"

_REST_SECONDS = 1.0
_TOKEN_SECONDS = 30.0
_RATE_SECONDS = 2.0
"""GHL documents no Retry-After; its window slides."""
_MOST_ROWS = 100


class GhlApi:
    """`client` has the base URL and the time-outs; `clock` is monotonic, in seconds."""

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
        self._budgets = {
            location: Budget(requests_per_10_seconds, 10.0, clock) for location in tokens
        }
        self._rest_until: dict[str, float] = {}

    async def subscription(self, location: str, id_: str) -> Record | None:
        path = f"/payments/subscriptions/{quote(id_, safe='')}"
        query = {"altId": location, "altType": "location"}
        return _the_one(await self._get(location, path, query), location, id_)

    async def order(self, location: str, id_: str) -> Record | None:
        path = f"/payments/orders/{quote(id_, safe='')}"
        query = {"altId": location, "altType": "location"}
        return _the_one(await self._get(location, path, query), location, id_)

    async def search(
        self, location: str, *, order: str | None = None, contact: str | None = None
    ) -> Sequence[Record]:
        keys = {"entityId": order, "contactId": contact}
        query = {name: value for name, value in keys.items() if value}
        page = await self._rows(location, 0, _MOST_ROWS, query, patient=False)
        # The API's filters are sparsely documented: what doesn't match is not ours to touch.
        return [
            row
            for row in page.rows
            if all(str(row.get(name)) == value for name, value in query.items())
        ]

    async def page(self, location: str, offset: int, limit: int) -> Page:
        return await self._rows(location, offset, limit, {}, patient=True)

    async def custom_fields(self, location: str) -> Mapping[str, str]:
        path = f"/locations/{quote(location, safe='')}/customFields"
        answer = await self._get(location, path, {"model": "contact"})
        found = answer.get("customFields") if answer else None
        rows = [row for row in found if isinstance(row, dict)] if isinstance(found, list) else []
        return {
            str(row.get("fieldKey", "")).removeprefix("contact."): str(row.get("id"))
            for row in rows
        }

    async def write_contact(self, location: str, contact: str, fields: Mapping[str, str]) -> None:
        path = f"/contacts/{quote(contact, safe='')}"
        values = [{"id": id_, "field_value": value} for id_, value in fields.items()]
        found = await self._call(location, "PUT", path, json={"customFields": values})
        if found is None:
            raise Refused(f"GHL knows no contact {contact}")

    async def _rows(
        self, location: str, offset: int, limit: int, query: dict[str, str], *, patient: bool
    ) -> Page:
        whole = {"altId": location, "altType": "location", "offset": str(offset)} | query
        answer = await self._get(
            location, "/payments/subscriptions", whole | {"limit": str(limit)}, patient=patient
        )
        data, total = (answer or {}).get("data"), (answer or {}).get("totalCount")
        if not isinstance(data, list):
            raise TryLater(ApiProblem.UNREACHABLE, _RATE_SECONDS)
        rows = [row for row in data if isinstance(row, dict)]
        return Page(rows, total if isinstance(total, int) else None)

    async def _get(
        self, location: str, path: str, query: dict[str, str], *, patient: bool = False
    ) -> Record | None:
        return await self._call(location, "GET", path, patient=patient, params=query)

    async def _call(
        self, location: str, method: str, path: str, *, patient: bool = False, **content: Any
    ) -> Record | None:
        token = self._tokens.get(location)
        if token is None:
            raise Refused(f"no token for location {location}: add it to SLIPWAY_INGEST_LOCATIONS")
        self._ready(location, patient=patient)
        headers = {"Authorization": f"Bearer {token.get_secret_value()}", "Version": VERSION}
        with traces.span(f"GHL {method} {_shape(path)}", kind=SpanKind.CLIENT):
            try:
                answer = await self._client.request(method, path, headers=headers, **content)
            except httpx.HTTPError as error:
                self._rest_until[location] = self._clock() + _REST_SECONDS
                raise TryLater(ApiProblem.UNREACHABLE, _REST_SECONDS) from error
        return self._read(location, answer)

    def _ready(self, location: str, *, patient: bool) -> None:
        rest = self._rest_until.get(location, 0.0) - self._clock()
        if rest > 0:
            raise TryLater(ApiProblem.UNREACHABLE, rest)
        budget = self._budgets[location]
        wait = budget.take(patient=patient)
        metrics.GHL_RATE_LIMIT.labels(location).set(budget.left)
        if wait > 0:
            raise TryLater(ApiProblem.RATE_LIMITED, wait)

    def _read(self, location: str, answer: httpx.Response) -> Record | None:
        match answer.status_code:
            case 200 | 201:
                return _object(answer)
            case 404:
                return None
            case 401 | 403:
                raise TryLater(ApiProblem.TOKEN_REFUSED, _TOKEN_SECONDS)
            case 429:
                wait = _retry_after(answer)
                self._budgets[location].close(wait)
                raise TryLater(ApiProblem.RATE_LIMITED, wait)
            case 400 | 422:
                raise Refused(f"GHL refuses {answer.request.url.path}: {answer.status_code}")
            case _:
                self._rest_until[location] = self._clock() + _REST_SECONDS
                raise TryLater(ApiProblem.UNREACHABLE, _REST_SECONDS)


def _the_one(record: Record | None, location: str, id_: str) -> Record | None:
    """Believed only if it is the record that was asked for, of the location that was asked (H7)."""
    if record is None:
        return None
    if str(record.get("_id")) != id_ or str(record.get("altId", location)) != location:
        raise Refused(f"GHL answered with another record than {id_}")
    return {**record, "altId": location}


def _object(answer: httpx.Response) -> Record:
    try:
        found = parse(answer.content)
    except (ValueError, RecursionError) as error:
        # A maintenance page with status 200 is no statement about a subscription.
        raise TryLater(ApiProblem.UNREACHABLE, _REST_SECONDS) from error
    if not isinstance(found, dict):
        raise TryLater(ApiProblem.UNREACHABLE, _REST_SECONDS)
    return found


def _retry_after(answer: httpx.Response) -> float:
    given = answer.headers.get("retry-after", "")
    return float(given) if given.isdigit() else _RATE_SECONDS


def _shape(path: str) -> str:
    """A name for the span: without ids there are few, and none is personal."""
    return "/".join(path.split("/")[:3])
