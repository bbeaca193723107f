"""Webhooks over real sockets: signed, retried, duplicated, dropped, held."""

import base64
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import load_pem_public_key
from slipway.simulators.ghl.settings import RetryPolicy
from slipway.simulators.ghl.webhooks.deliveries import Fate

from tests.support.servers.ghl import GhlSimulation, Receiver, ghl_simulation, receiver

ONE_EVENT = frozenset({"ContactCreate"})


@asynccontextmanager
async def listening(
    *statuses: int, policy: RetryPolicy = RetryPolicy.ONLY_429
) -> AsyncIterator[tuple[GhlSimulation, Receiver]]:
    async with receiver(*statuses) as heard:
        simulation = ghl_simulation(
            webhook_url=heard.url,
            workflow_url=heard.url,
            events=ONE_EVENT,
            retry_policy=policy,
        )
        yield simulation, heard
        await simulation.ghl.close()


def fates(simulation: GhlSimulation) -> list[Fate]:
    return [one.fate for one in simulation.ghl.deliveries.log]


async def test_the_raw_body_is_signed_with_the_key_that_it_publishes() -> None:
    async with listening() as (simulation, heard):
        simulation.customer("Zoë Example")
        await simulation.settled()
        key = load_pem_public_key(simulation.ghl.signer.public_pem.encode())
        assert isinstance(key, Ed25519PublicKey)
        key.verify(base64.b64decode(heard.headers[0]["x-ghl-signature"]), heard.bodies[0])
        assert "Zoë".encode() in heard.bodies[0]
        assert fates(simulation) == [Fate.ACCEPTED]


async def test_a_workflow_call_is_authenticated_only_by_its_token() -> None:
    async with receiver() as heard:
        simulation = ghl_simulation(workflow_url=heard.url, workflow_secret="a secret of this test")
        simulation.ghl.buy(simulation.customer(), "price_vps_small")
        await simulation.settled()
        assert len(heard.payloads) == 2
        for payload, headers in zip(heard.payloads, heard.headers, strict=True):
            assert payload["customData"]["token"] == "a secret of this test"
            assert "x-ghl-signature" not in headers
        await simulation.ghl.close()


@pytest.mark.parametrize(
    ("policy", "statuses", "attempts", "fate"),
    [
        pytest.param(RetryPolicy.ONLY_429, [503, 200], 1, Fate.GIVEN_UP, id="B: 503 is final"),
        pytest.param(RetryPolicy.ONLY_429, [401, 200], 1, Fate.GIVEN_UP, id="B: 401 is final"),
        pytest.param(
            RetryPolicy.ONLY_429, [429, 429, 200], 3, Fate.ACCEPTED, id="B: 429 is retried"
        ),
        pytest.param(RetryPolicy.ONLY_429, [429], 7, Fate.GIVEN_UP, id="B: six retries"),
        pytest.param(
            RetryPolicy.ANY_FAILURE, [503, 401, 302, 200], 4, Fate.ACCEPTED, id="C: all but 2xx"
        ),
        pytest.param(RetryPolicy.ANY_FAILURE, [500], 13, Fate.GIVEN_UP, id="C: twelve retries"),
    ],
)
async def test_the_retry_policy_decides_which_failures_are_retried(
    policy: RetryPolicy, statuses: list[int], attempts: int, fate: Fate
) -> None:
    async with listening(*statuses, policy=policy) as (simulation, heard):
        simulation.customer()
        await simulation.settled()
        assert len(heard.bodies) == attempts
        assert len(set(heard.bodies)) == 1
        assert fates(simulation) == [fate]


async def test_policy_b_waits_ten_minutes_and_c_backs_off() -> None:
    async with listening(429, 429, 200) as (simulation, _):
        simulation.customer()
        await simulation.settled()
        assert all(600 <= seconds <= 660 for seconds in simulation.waited)
        assert len(simulation.waited) == 2
    async with listening(500, policy=RetryPolicy.ANY_FAILURE) as (simulation, _):
        simulation.customer()
        await simulation.settled()
        assert simulation.waited[-1] > 10 * simulation.waited[0]


async def test_a_refused_connection_is_final_under_b_and_retried_under_c() -> None:
    attempts = {}
    for policy in RetryPolicy:
        simulation = ghl_simulation(
            webhook_url="http://127.0.0.1:9/", events=ONE_EVENT, retry_policy=policy
        )
        simulation.customer()
        await simulation.settled()
        attempts[policy] = [one.status for one in simulation.ghl.deliveries.log[0].attempts]
        await simulation.ghl.close()
    assert attempts == {RetryPolicy.ONLY_429: [None], RetryPolicy.ANY_FAILURE: [None] * 13}


async def test_a_duplicate_has_the_same_webhook_id() -> None:
    async with listening() as (simulation, heard):
        simulation.ghl.deliveries.faults.duplicate.armed = 1
        simulation.customer()
        simulation.customer()
        await simulation.settled()
        ids = [payload["webhookId"] for payload in heard.payloads]
        assert len(ids) == 3
        assert len(set(ids)) == 2


async def test_a_dropped_webhook_is_sent_only_by_a_resend() -> None:
    async with listening() as (simulation, heard):
        simulation.ghl.deliveries.faults.drop.armed = 1
        simulation.customer()
        await simulation.settled()
        assert (heard.bodies, fates(simulation)) == ([], [Fate.DROPPED])
        assert simulation.ghl.deliveries.resend(simulation.ghl.deliveries.log[0].id)
        await simulation.settled()
        assert (len(heard.bodies), fates(simulation)) == (1, [Fate.ACCEPTED])


@pytest.mark.parametrize(
    ("newest_first", "order"),
    [(False, ["Bo", "Cy", "Ada", "Ben"]), (True, ["Bo", "Cy", "Ben", "Ada"])],
)
async def test_held_webhooks_arrive_after_the_release_in_the_requested_order(
    *, newest_first: bool, order: list[str]
) -> None:
    async with listening() as (simulation, heard):
        simulation.ghl.deliveries.faults.hold.armed = 2
        for name in ("Ada", "Ben", "Bo"):
            simulation.customer(name)
        await simulation.settled()
        simulation.customer("Cy")
        await simulation.settled()
        assert simulation.ghl.deliveries.release(newest_first=newest_first) == 2
        await simulation.settled()
        assert [payload["firstName"] for payload in heard.payloads] == order


async def test_a_delayed_webhook_arrives_after_a_later_one() -> None:
    async with listening() as (simulation, _):
        simulation.ghl.deliveries.faults.delay.armed = 1
        simulation.customer()
        await simulation.settled()
        assert len(simulation.waited) == 1
        assert 0 < simulation.waited[0] <= 5


async def test_a_fault_strikes_about_as_often_as_its_probability() -> None:
    async with listening() as (simulation, _):
        simulation.ghl.deliveries.faults.drop.probability = 0.5
        for _ in range(100):
            simulation.customer()
        await simulation.settled()
        dropped = fates(simulation).count(Fate.DROPPED)
        assert 30 < dropped < 70


async def test_without_a_url_no_webhook_is_sent_and_the_log_says_so() -> None:
    simulation = ghl_simulation(events=ONE_EVENT)
    simulation.customer()
    await simulation.settled()
    assert fates(simulation) == [Fate.NOWHERE]
    await simulation.ghl.close()
