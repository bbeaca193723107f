"""H4: a worker stalls before its DELETE, its lease ends, the customer pays: no late call."""

import socket

import pytest
import requests
from slipway.contracts.subscriptions import CheckAnswer
from slipway.contracts.vps import Spec
from slipway.provisioner.providers.deadline import UNSENT_SECONDS, DeadlineAdapter, boot_time
from slipway.provisioner.providers.driver import TryLater
from slipway.provisioner.providers.hetzner.driver import Hetzner
from slipway.provisioner.vps.naming import ExternalName
from slipway.provisioner.vps.operation.next_step import ATTEMPT_SECONDS, CALL_TIMEOUT_SECONDS
from slipway.provisioner.vps.operation.state import Calling

from tests.support.dsl.provisioner import provisioner
from tests.support.servers.simulated_cloud import served_cloud

SPEC = Spec(
    plan="small",
    provider="hetzner",
    account="main",
    size="cx22",
    image="debian-12",
    regions=("fsn1",),
)


async def test_h04_past_its_deadline_no_write_reaches_the_provider() -> None:
    with served_cloud() as served:
        driver = Hetzner(served.token, served.endpoint)
        called = ExternalName("slw-x", {"a": "b"})
        with pytest.raises(TryLater) as caught:
            await driver.create(SPEC, called, "fsn1", boot_time() - 0.001)
        assert caught.value.fault.sent is False
        assert served.cloud.servers == {}
        made = await driver.create(SPEC, called, "fsn1", boot_time() + 5)
        assert made.provider_id is not None
        for late in (driver.delete(made.provider_id, called.labels, boot_time() - 0.001),):
            with pytest.raises(TryLater):
                await late
        assert all(one.delete_asked_at is None for one in served.cloud.servers.values())


async def test_h04_a_worker_that_stalled_after_its_claim_deletes_nothing() -> None:
    stalled = 0.0
    with provisioner(boot=lambda: boot_time() - stalled) as here:
        await here.switch_to_act()
        await here.ready()
        await here.cancels()
        await here.work(1)
        await here.confirmation_answered(CheckAnswer.CONFIRMED)
        # Ten seconds pass between the claim and the write to the socket.
        stalled = ATTEMPT_SECONDS + 5
        await here.work()
        assert here.servers_alive == 1
        assert "AttemptFailed" in await here.names()
        stalled = 0.0
        await here.pays()
        await here.work(60, pace=5)
        assert here.servers_alive == 1


async def test_h04_no_other_worker_acts_before_the_call_is_surely_over() -> None:
    with provisioner() as here:
        await here.switch_to_act()
        await here.pays()
        # The worker died right after its intent: nothing was sent, but no one can know.
        broken = here.worker._caller
        here.worker._caller = None  # type: ignore[assignment]
        with pytest.raises(AttributeError):
            await here.work()
        here.worker._caller = broken
        state = await here.state()
        assert state.operation is not None
        assert isinstance(state.operation.phase, Calling)
        here.clock.forward(31)  # its lease has ended
        over = state.operation.phase.not_after.timestamp() + CALL_TIMEOUT_SECONDS
        due = await here.store.oldest_due("vps")
        assert due is not None
        assert due.timestamp() >= over - 0.01


def test_h04_the_kernel_drops_unsent_data_before_another_worker_may_act() -> None:
    """Otherwise the kernel could send a DELETE minutes later, after its worker gave it up."""
    with served_cloud() as served, requests.Session() as session:
        adapter = DeadlineAdapter()
        session.mount("http://", adapter)
        with session.get(served.endpoint, stream=True, timeout=5) as answer:
            connection = answer.raw.connection
            assert connection is not None
            milliseconds = connection.sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT)
    assert milliseconds == UNSENT_SECONDS * 1000
    assert UNSENT_SECONDS < CALL_TIMEOUT_SECONDS
