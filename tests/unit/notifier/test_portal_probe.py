"""The portal probe: one result for each time slot, for any number of probers."""

from datetime import datetime, timedelta

import httpx
import pytest
from slipway.contracts.incidents import ProbeAnswered
from slipway.eventstore.memory import MemoryEventStore
from slipway.notifier.monitoring.portal_probe import PortalProber
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.types import Receive, Scope, Send

from tests.support.fakes.clock import HandClock

SLOT = datetime.fromisoformat("2026-11-02T12:00:00+00:00")


class Portal:
    """Answers signed-in requests with the chosen status."""

    def __init__(self) -> None:
        self.status = 200
        self.paths: list[str] = []

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        self.paths.append(request.url.path)
        signed_in = request.headers.get("authorization") == "Bearer key"
        answer: Response = PlainTextResponse("ok", self.status if signed_in else 303)
        await answer(scope, receive, send)


class Unreachable(httpx.AsyncBaseTransport):
    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("no route to a-secret-host", request=request)


class Probing:
    def __init__(self) -> None:
        self.clock, self.portal = HandClock(SLOT), Portal()
        self.store = MemoryEventStore(self.clock)

    def prober(
        self, transport: httpx.AsyncBaseTransport | None = None, key: str = "key"
    ) -> PortalProber:
        client = httpx.AsyncClient(
            transport=transport or httpx.ASGITransport(self.portal),
            base_url="http://portal",
            headers={"Authorization": f"Bearer {key}"},
        )
        return PortalProber(self.store, client, slot_seconds=30, clock=self.clock)

    async def results(self, slot: datetime = SLOT) -> list[ProbeAnswered]:
        records = await self.store.read(f"probe-{slot.isoformat()}")
        events = [record.event for record in records]
        return [event for event in events if isinstance(event, ProbeAnswered)]


async def test_an_answered_probe_is_up_in_its_slot() -> None:
    here = Probing()
    here.clock.forward(7)
    await here.prober().probe()
    [result] = await here.results()
    assert (result.slot, result.up, result.problem) == (SLOT, True, None)
    assert result.latency_ms is not None
    assert here.portal.paths == ["/dashboard"]


async def test_two_probers_give_one_result_and_the_first_counts() -> None:
    here = Probing()
    await here.prober().probe()
    here.portal.status = 500
    await here.prober().probe()
    assert [result.up for result in await here.results()] == [True]


async def test_the_next_slot_has_its_own_result() -> None:
    here = Probing()
    await here.prober().probe()
    here.portal.status = 500
    here.clock.forward(30)
    await here.prober().probe()
    [later] = await here.results(SLOT + timedelta(seconds=30))
    assert (later.up, later.problem) == (False, "It answered 500.")


async def test_a_probe_that_can_not_sign_in_is_down() -> None:
    here = Probing()
    await here.prober(key="wrong").probe()
    assert [result.problem for result in await here.results()] == ["It answered 303."]


async def test_an_unreachable_portal_is_down_and_its_address_is_not_shown() -> None:
    here = Probing()
    await here.prober(Unreachable()).probe()
    [result] = await here.results()
    assert (result.up, result.problem) == (False, "No answer (ConnectError).")


@pytest.mark.parametrize("status", [401, 404, 503])
async def test_any_answer_but_the_page_is_down(status: int) -> None:
    here = Probing()
    here.portal.status = status
    await here.prober().probe()
    assert [result.up for result in await here.results()] == [False]
