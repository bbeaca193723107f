"""One verdict for each time slot, however many probers run and whatever the portal does."""

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
    """Answers only who signs in, with a page or a problem."""

    def __init__(self) -> None:
        self.status = 200
        self.asked: list[str] = []

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        self.asked.append(request.url.path)
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

    async def verdicts(self, slot: datetime = SLOT) -> list[ProbeAnswered]:
        records = await self.store.read(f"probe-{slot.isoformat()}")
        events = [record.event for record in records]
        return [event for event in events if isinstance(event, ProbeAnswered)]


async def test_a_page_that_comes_is_up_in_its_slot() -> None:
    here = Probing()
    here.clock.forward(7)
    await here.prober().probe()
    [verdict] = await here.verdicts()
    assert (verdict.slot, verdict.up, verdict.problem) == (SLOT, True, None)
    assert verdict.latency_ms is not None
    assert here.portal.asked == ["/dashboard"]


async def test_two_probers_give_one_verdict_and_the_first_one_counts() -> None:
    here = Probing()
    await here.prober().probe()
    here.portal.status = 500
    await here.prober().probe()
    assert [verdict.up for verdict in await here.verdicts()] == [True]


async def test_the_next_slot_has_its_own_verdict() -> None:
    here = Probing()
    await here.prober().probe()
    here.portal.status = 500
    here.clock.forward(30)
    await here.prober().probe()
    [later] = await here.verdicts(SLOT + timedelta(seconds=30))
    assert (later.up, later.problem) == (False, "It answered 500.")


async def test_who_can_not_sign_in_does_not_call_it_up() -> None:
    here = Probing()
    await here.prober(key="wrong").probe()
    assert [verdict.problem for verdict in await here.verdicts()] == ["It answered 303."]


async def test_a_portal_that_can_not_be_reached_is_down_and_no_address_is_told() -> None:
    here = Probing()
    await here.prober(Unreachable()).probe()
    [verdict] = await here.verdicts()
    assert (verdict.up, verdict.problem) == (False, "No answer (ConnectError).")


@pytest.mark.parametrize("status", [401, 404, 503])
async def test_any_other_answer_than_the_page_is_down(status: int) -> None:
    here = Probing()
    here.portal.status = status
    await here.prober().probe()
    assert [verdict.up for verdict in await here.verdicts()] == [False]
