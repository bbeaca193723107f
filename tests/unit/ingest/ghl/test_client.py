"""Each of GHL's answers becomes a record, None, TryLater or Refused."""

from collections.abc import AsyncIterator, Callable

import httpx
import pytest
from pydantic import SecretStr
from slipway.ingest.ghl.caller import ApiCaller
from slipway.ingest.ghl.client import GhlClient
from slipway.ingest.ghl.port import ApiProblem, Refused, TryLater

from tests.support.builders.ghl_records import LOCATION, ORDER, SUBSCRIPTION, record

Answer = Callable[[httpx.Request], httpx.Response]


class GhlStub:
    """A GHL that answers by a function and keeps the requests."""

    def __init__(self) -> None:
        self.answer: Answer = lambda _: httpx.Response(200, json=record())
        self.requests: list[httpx.Request] = []
        self.now = 0.0

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        return self.answer(request)


@pytest.fixture
def ghl() -> GhlStub:
    return GhlStub()


@pytest.fixture
async def api(ghl: GhlStub) -> AsyncIterator[GhlClient]:
    transport = httpx.MockTransport(ghl)
    async with httpx.AsyncClient(transport=transport, base_url="https://ghl") as client:
        yield GhlClient(
            ApiCaller(
                client,
                {LOCATION: SecretStr("pit-1")},
                requests_per_10_seconds=20,
                clock=lambda: ghl.now,
            )
        )


async def test_a_record_is_requested_with_token_version_and_location(
    api: GhlClient, ghl: GhlStub
) -> None:
    assert await api.subscription(LOCATION, SUBSCRIPTION) == record()
    (request,) = ghl.requests
    assert request.headers["authorization"] == "Bearer pit-1"
    assert request.headers["version"] == "2021-07-28"
    assert dict(request.url.params) == {"altId": LOCATION, "altType": "location"}


async def test_a_huge_number_in_a_record_is_no_outage(api: GhlClient, ghl: GhlStub) -> None:
    endless = f'{{"_id":"{SUBSCRIPTION}","status":"active","ipAddress":{"9" * 9000}}}'
    ghl.answer = lambda _: httpx.Response(200, text=endless)
    found = await api.subscription(LOCATION, SUBSCRIPTION)
    assert found is not None
    assert found["status"] == "active"


async def test_an_untrusted_id_cannot_leave_its_path(api: GhlClient, ghl: GhlStub) -> None:
    ghl.answer = lambda _: httpx.Response(404)
    assert await api.subscription(LOCATION, "../orders/x?altId=other") is None
    path = ghl.requests[0].url.raw_path.decode()
    assert path.startswith("/payments/subscriptions/..%2Forders%2Fx%3FaltId%3Dother?")


@pytest.mark.parametrize(
    ("answer", "problem", "after"),
    [
        (httpx.Response(503), ApiProblem.UNREACHABLE, 1),
        (httpx.Response(302), ApiProblem.UNREACHABLE, 1),
        (httpx.Response(200, text="<h1>We'll be right back</h1>"), ApiProblem.UNREACHABLE, 1),
        (httpx.Response(200, json=["odd"]), ApiProblem.UNREACHABLE, 1),
        (httpx.Response(200, text="[" * 100_000), ApiProblem.UNREACHABLE, 1),
        (httpx.Response(401), ApiProblem.TOKEN_REFUSED, 30),
        (httpx.Response(403), ApiProblem.TOKEN_REFUSED, 30),
        (httpx.Response(429, headers={"Retry-After": "7"}), ApiProblem.RATE_LIMITED, 7),
        (httpx.Response(429), ApiProblem.RATE_LIMITED, 2),
    ],
    ids=str,
)
async def test_an_answer_without_a_record_is_requested_again_later(
    api: GhlClient, ghl: GhlStub, answer: httpx.Response, problem: str, after: float
) -> None:
    ghl.answer = lambda _: answer
    with pytest.raises(TryLater) as raised:
        await api.subscription(LOCATION, SUBSCRIPTION)
    assert (raised.value.problem, raised.value.after_seconds) == (problem, after)


async def test_after_a_broken_connection_no_call_goes_out_for_a_second(
    api: GhlClient, ghl: GhlStub
) -> None:
    def broken(_: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("refused")

    ghl.answer = broken
    for _ in range(5):
        with pytest.raises(TryLater):
            await api.order(LOCATION, ORDER)
    assert len(ghl.requests) == 1
    ghl.now = 1.5
    ghl.answer = lambda _: httpx.Response(200, json=record(_id=ORDER))
    assert await api.order(LOCATION, ORDER)


@pytest.mark.parametrize(
    "answer",
    [
        httpx.Response(200, json=record(_id="another")),
        httpx.Response(200, json=record(altId="anotherLocation")),
        httpx.Response(422, json={"message": "malformed id"}),
        httpx.Response(400),
    ],
)
async def test_another_record_or_a_client_error_is_refused(
    api: GhlClient, ghl: GhlStub, answer: httpx.Response
) -> None:
    ghl.answer = lambda _: answer
    with pytest.raises(Refused):
        await api.subscription(LOCATION, SUBSCRIPTION)


async def test_rows_that_do_not_match_the_search_are_left_out(api: GhlClient, ghl: GhlStub) -> None:
    rows = [record(), record(_id="b", entityId="otherOrder"), "odd", None]
    ghl.answer = lambda _: httpx.Response(200, json={"data": rows, "totalCount": 4})
    assert await api.search(LOCATION, order=ORDER) == [record()]


async def test_the_rate_limit_is_kept_and_the_poller_leaves_a_reserve(
    api: GhlClient, ghl: GhlStub
) -> None:
    ghl.answer = lambda _: httpx.Response(200, json={"data": [], "totalCount": "0"})
    for _ in range(12):
        await api.page(LOCATION, 0, 100)
    with pytest.raises(TryLater) as raised:
        await api.page(LOCATION, 0, 100)
    assert raised.value.problem == ApiProblem.RATE_LIMITED
    assert await api.search(LOCATION, contact="c") == []


async def test_a_field_is_found_by_its_key_and_written_by_its_id(
    api: GhlClient, ghl: GhlStub
) -> None:
    fields = [{"id": "cf1", "fieldKey": "contact.vps_ip"}, None]
    ghl.answer = lambda _: httpx.Response(200, json={"customFields": fields})
    assert await api.custom_fields(LOCATION) == {"vps_ip": "cf1"}
    await api.write_contact(LOCATION, "c1", {"cf1": "192.0.2.7"})
    assert ghl.requests[-1].method == "PUT"
    assert b'"field_value":"192.0.2.7"' in ghl.requests[-1].content
    ghl.answer = lambda _: httpx.Response(404)
    with pytest.raises(Refused):
        await api.write_contact(LOCATION, "c1", {"cf1": "x"})
