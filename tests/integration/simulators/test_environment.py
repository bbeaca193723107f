"""The simulated environment on real sockets."""

import asyncio
import random
import smtplib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from email.message import EmailMessage

import httpx
import pytest
from slipway.simulators.cloud.settings import DEMO_TOKEN
from slipway.simulators.environment import EnvironmentSettings, SimulatedEnvironment
from slipway.simulators.ghl.faults import Outage
from slipway.simulators.serving import Served, serve
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from tests.support.fakes.clock import HandClock
from tests.support.servers.asgi import served_app
from tests.support.servers.ghl import LOCATION, NOW, WHERE

LIST = "/payments/subscriptions"
AS_SERVICE = {"Authorization": f"Bearer {LOCATION.token}", "Version": "2021-07-28"}


@asynccontextmanager
async def simulated_environment(
    settings: EnvironmentSettings | None = None,
) -> AsyncIterator[tuple[SimulatedEnvironment, Served]]:
    rng = random.Random(1)  # noqa: S311 - a seed, no secret
    simulated = SimulatedEnvironment(HandClock(NOW), rng, settings)
    async with serve(simulated) as served:
        yield simulated, served


@asynccontextmanager
async def caller(base_url: str = "", **headers: str) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=base_url, headers=headers, trust_env=False) as client:
        yield client


@asynccontextmanager
async def killer() -> AsyncIterator[tuple[str, list[str]]]:
    """Yields the URL of a kill endpoint like the demo's, and the killed names."""
    killed: list[str] = []

    async def processes(_: Request) -> JSONResponse:
        return JSONResponse({"processes": ["ingest", "notifier"]})

    async def kill(request: Request) -> JSONResponse:
        killed.append(request.path_params["name"])
        return JSONResponse({})

    routes = [Route("/kill", processes), Route("/kill/{name}", kill, methods=["POST"])]
    async with served_app(Starlette(routes=routes)) as url:
        yield f"{url}/kill", killed


def send_mail(served: Served) -> None:
    letter = EmailMessage()
    letter["From"], letter["To"] = "slipway@example.com", "admin@example.com"
    letter["Subject"] = "VPS überfällig"
    letter.set_content("Ada's VPS is late.")
    with smtplib.SMTP(served.smtp_host, served.smtp_port) as smtp:
        smtp.send_message(letter)


async def test_every_simulator_answers_at_its_address() -> None:
    async with simulated_environment() as (simulated, served), caller() as client:
        where = f"{served.ghl_url}{LIST}"
        assert (await client.get(where, params=WHERE, headers=AS_SERVICE)).status_code == 200
        token = {"Authorization": f"Bearer {DEMO_TOKEN}"}
        assert (await client.get(f"{served.cloud_url}/servers", headers=token)).status_code == 200
        assert (await client.post(served.slack_url, json={"text": "hello"})).text == "ok"
        assert "Simulated environment" in (await client.get(served.url)).text
        key = (await client.get(f"{served.url}/_sim/ghl/public-key")).text
        assert key == simulated.ghl.signer.public_pem


async def test_a_closed_connection_is_a_network_error_and_no_answer() -> None:
    async with simulated_environment() as (simulated, served), caller() as client:
        simulated.ghl.faults.outage = Outage.CUT
        simulated.ghl.faults.fail.armed = 1
        where = f"{served.ghl_url}{LIST}"
        with pytest.raises(httpx.RemoteProtocolError):
            await client.get(where, params=WHERE, headers=AS_SERVICE)
        assert (await client.get(where, params=WHERE, headers=AS_SERVICE)).status_code == 200


async def test_slack_keeps_messages_and_can_fail_or_lose_its_reply() -> None:
    async with simulated_environment() as (simulated, served), caller() as client:
        simulated.slack.fail.armed = 1
        assert (await client.post(served.slack_url, json={"text": "first"})).status_code == 500
        simulated.slack.lose_reply.armed = 1
        with pytest.raises(httpx.RemoteProtocolError):
            await client.post(served.slack_url, json={"text": "second"})
        blocks = [{"type": "section", "text": {"type": "mrkdwn", "text": "third"}}]
        await client.post(served.slack_url, json={"blocks": blocks})
        assert (await client.post(served.slack_url, json={})).status_code == 400
        assert [one.text for one in simulated.slack.messages] == ["second", "third"]


async def test_an_inbox_is_down_until_its_time_is_over() -> None:
    async with simulated_environment() as (simulated, served), caller(served.url) as client:
        await client.put("/_sim/slack/faults", json={"down_seconds": 60})
        assert (await client.post(served.slack_url, json={"text": "x"})).status_code == 500
        assert isinstance(simulated.clock, HandClock)
        simulated.clock.forward(60)
        assert (await client.post(served.slack_url, json={"text": "x"})).status_code == 200


async def test_mail_is_accepted_refused_or_accepted_without_a_reply() -> None:
    async with simulated_environment() as (simulated, served):
        await asyncio.to_thread(send_mail, served)
        (mail,) = simulated.mail.messages
        assert (mail.recipients, mail.subject) == (("admin@example.com",), "VPS überfällig")
        assert mail.text.strip() == "Ada's VPS is late."
        simulated.mail.fail.armed = 1
        with pytest.raises(smtplib.SMTPDataError) as refused:
            await asyncio.to_thread(send_mail, served)
        assert refused.value.smtp_code == 451
        simulated.mail.lose_reply.armed = 1
        with pytest.raises(smtplib.SMTPServerDisconnected):
            await asyncio.to_thread(send_mail, served)
        assert len(simulated.mail.messages) == 2


async def test_a_purchase_and_a_cancellation_over_http_appear_in_every_api() -> None:
    async with simulated_environment() as (_, served), caller(served.url) as client:
        bought = await client.post(
            "/_sim/ghl/subscriptions",
            json={"name": "Grace Hopper", "price": "price_vps_small", "quantity": 2},
        )
        assert bought.status_code == 201
        stream = bought.json()["stream"]
        assert stream == f"{LOCATION.id}:{bought.json()['id']}"
        canceled = await client.post(f"/_sim/ghl/subscriptions/{stream}/cancel")
        assert canceled.json()["status"] == "canceled"
        billed = (await client.get("/_sim/ghl/billed")).json()
        assert [(one["quantity"], one["status"]) for one in billed] == [
            (2, "active"),
            (2, "canceled"),
        ]
        living = (await client.get("/_sim/page/now")).text
        assert "Grace Hopper" in living
        assert ">resume<" in living


async def test_unknown_names_are_404_and_the_answer_lists_the_known_ones() -> None:
    async with simulated_environment() as (_, served), caller(served.url) as client:
        unknown = await client.post("/_sim/ghl/subscriptions", json={"price": "price_of_nothing"})
        assert unknown.status_code == 404
        assert "price_vps_small" in unknown.text
        assert (await client.post("/_sim/ghl/subscriptions/unknown/cancel")).status_code == 404


async def test_any_customer_name_is_escaped_on_the_page() -> None:
    async with simulated_environment() as (simulated, served), caller(served.url) as client:
        simulated.ghl.add_customer("<script>alert(1)</script>")
        simulated.ghl.buy(next(iter(simulated.ghl.records.contacts)), "price_vps_small")
        assert "<script>alert" not in (await client.get("/_sim/page/now")).text


async def test_faults_change_over_http_and_the_others_stay() -> None:
    async with simulated_environment() as (simulated, served), caller(served.url) as client:
        await client.put("/_sim/ghl/faults/deliveries", json={"drop": {"probability": 0.5}})
        await client.put("/_sim/ghl/faults/deliveries", json={"drop": {"armed": 2}})
        drop = simulated.ghl.deliveries.faults.drop
        assert (drop.probability, drop.armed) == (0.5, 2)
        await client.put("/_sim/ghl/faults/api", json={"lag_seconds": 3, "down_seconds": 60})
        assert simulated.ghl.faults.downtime.is_on
        assert simulated.ghl.faults.lag_seconds == 3
        await client.put("/_sim/ghl/faults/api", json={"down_seconds": 0})
        assert not simulated.ghl.faults.downtime.is_on


async def test_the_ledger_calls_a_paid_vps_without_a_server_lost_after_the_sla() -> None:
    async with simulated_environment() as (simulated, served), caller(served.url) as client:
        simulated.ghl.buy(simulated.ghl.add_customer("Ada Example").id, "price_vps_small")
        assert (await client.get("/_sim/ledger")).json()["lost"] == 0
        assert isinstance(simulated.clock, HandClock)
        simulated.clock.forward(simulated.settings.terms.sla.total_seconds() + 1)
        ledger = (await client.get("/_sim/ledger")).json()
        assert (ledger["lost"], ledger["doubled"], ledger["wrongly_destroyed"]) == (1, 0, 0)
        assert ledger["findings"]["lost"][0]["customer"] == "Ada Example"
        assert "never had a server" in (await client.get("/_sim/page/now")).text


async def test_the_page_has_kill_buttons_only_if_a_kill_url_is_set() -> None:
    async with simulated_environment() as (_, served), caller(served.url) as client:
        assert "Kill a process" not in (await client.get("/")).text
        assert (await client.post("/_sim/kill/ingest")).status_code == 404
    async with (
        killer() as (url, killed),
        simulated_environment(EnvironmentSettings(kill_url=url)) as (_, served),
    ):
        async with caller(served.url) as client:
            assert 'data-call="POST /_sim/kill/ingest"' in (await client.get("/")).text
            assert (await client.post("/_sim/kill/ingest")).json() == {"killed": "ingest"}
        assert killed == ["ingest"]
