"""`python -m slipway.provisioner`, killed before and after a call, with real Kafka and MongoDB."""

from pathlib import Path

import pytest
from slipway.contracts.vps import (
    AttemptOutcomeUnknown,
    AttemptStarted,
    VpsDeleted,
    VpsEvent,
    VpsReady,
)
from slipway.simulators.cloud import Operation

from tests.support.processes.provisioner import ProvisionerProcess, provisioner_process

pytestmark = pytest.mark.backing

RECOVERED_SECONDS = 120
"""An announced call may be on its way for 25 s. Three lookups follow, and perhaps another call."""


async def _attempts(here: ProvisionerProcess, customer: str, step: str) -> int:
    events = await here.events(customer)
    return sum(isinstance(one, AttemptStarted) and one.step == step for one in events)


async def _count(here: ProvisionerProcess, customer: str, type_: type[VpsEvent]) -> int:
    return sum(isinstance(one, type_) for one in await here.events(customer))


async def test_a_kill_before_and_after_the_call_creates_one_server(
    kafka_url: str, mongodb_url: str, namespace: str, tmp_path: Path
) -> None:
    """One kill -9 interrupts three customers; no server is lost, doubled or left over."""
    async with provisioner_process(kafka_url, mongodb_url, namespace, tmp_path) as here:
        await here.pays("eve")
        await here.until("eve", VpsReady)
        await here.cancels("eve")
        # The provider has received Eve's deletion and Bob's creation, and does them after the kill.
        held = here.holds(Operation.DELETE)
        await here.confirms_deletion("eve")
        await here.until_held(held)
        held = here.holds(Operation.CREATE)
        await here.pays("bob")
        await here.until_held(held)
        # Ada's intent is stored and her creation not sent: the search before it gets no answer.
        held = here.holds(Operation.LIST)
        await here.pays("ada")
        await here.until_held(held)
        await here.kill()
        assert len(here.cloud.servers) == 1, "Eve's"
        here.release()
        await here.start()
        for customer in ("ada", "bob"):
            await here.until(customer, VpsReady, within_seconds=RECOVERED_SECONDS)
        await here.until("eve", VpsDeleted, within_seconds=RECOVERED_SECONDS)
        for customer, step, calls in (("ada", "create", 2), ("bob", "create", 1)):
            assert await _attempts(here, customer, step) == calls
            assert await _count(here, customer, AttemptOutcomeUnknown) == 1
        assert await _attempts(here, "eve", "delete") == 1
        assert await _count(here, "eve", VpsDeleted) == 1
        assert await here.terminates()
    servers = here.cloud.servers.values()
    assert len(servers) == 3
    assert sum(one.delete_asked_at is None for one in servers) == 2
