"""H31: a fault of the whole account pauses it once and parks no operation."""

import pytest
from slipway.contracts.ids import stream_of
from slipway.contracts.subscriptions import Verdict
from slipway.contracts.vps import AccountPaused, AttemptStarted, Fault, FaultScope
from slipway.contracts.vps import FaultKind as Kind
from slipway.provisioner.accounts.decider import ACCOUNT, PauseAccount
from slipway.simulators.cloud.faults import Fault as Trouble
from slipway.simulators.cloud.faults import FaultKind, Operation

from tests.support.dsl.deciding import given
from tests.support.dsl.provisioner import ACCOUNT_ID, Provisioner, provisioner
from tests.support.fakes.clock import HandClock

CUSTOMERS = [f"customer{number}" for number in range(12)]


async def _pauses(here: Provisioner) -> int:
    records = await here.store.read(stream_of("account", ACCOUNT_ID))
    return sum(isinstance(record.event, AccountPaused) for record in records)


async def _through(here: Provisioner, fault: Trouble, seconds: int) -> None:
    await here.switch_to_act()
    here.cloud.faults.arm(fault)
    for customer in CUSTOMERS:
        await here.pays(customer)
    await here.work(seconds, pace=5)
    assert here.servers_ever_made == 0
    assert await _pauses(here) == 1
    for customer in CUSTOMERS:
        assert "OperationParked" not in await here.names(customer)
        tries = sum(isinstance(event, AttemptStarted) for event in await here.events(customer))
        assert tries <= 1, "the pause spares everybody else the attempt"
    here.cloud.faults.disarm()
    await here.work(60, pace=2)
    assert (here.servers_alive, here.servers_ever_made) == (12, 12)
    assert await _pauses(here) == 1


async def test_h31_a_revoked_token_parks_no_operation() -> None:
    with provisioner() as here:
        await _through(here, Trouble(FaultKind.TOKEN_REVOKED, count=None), 120)


async def test_h31_a_provider_down_for_ten_minutes_is_one_pause_and_everything_catches_up() -> None:
    with provisioner() as here:
        await _through(here, Trouble(FaultKind.DOWN, count=None), 600)


async def test_h31_a_provider_whose_servers_are_shown_and_whose_writes_fail_is_one_pause() -> None:
    """The probe writes too, so it meets the same fault as the failed call."""
    with provisioner() as here:
        here.ghl_answers = True
        await here.switch_to_act()
        for customer in CUSTOMERS:
            await here.ready(customer)
        for operation in (Operation.POWER_OFF, Operation.OTHER):
            here.cloud.faults.arm(Trouble(FaultKind.SERVER_ERROR, operation, count=None))
        for customer in CUSTOMERS:
            await here.entitle(Verdict.SUSPENDED, customer)
        await here.work(1800, pace=5)
        assert await _pauses(here) == 1
        here.cloud.faults.disarm()
        await here.work(120, pace=2)
        for customer in CUSTOMERS:
            names = await here.names(customer)
            assert ("OperationParked" in names, names[-1]) == (False, "VpsSuspended")


@pytest.mark.parametrize("verdict", [Verdict.SUSPENDED, Verdict.RUNNING])
async def test_h31_ten_minutes_of_failing_server_calls_park_no_operation(
    verdict: Verdict,
) -> None:
    """No probe sees such an outage, so each operation retries until it is over."""
    with provisioner() as here:
        here.ghl_answers = True
        await here.switch_to_act()
        await here.work()
        if verdict is Verdict.SUSPENDED:
            await here.ready()
        for operation in (Operation.CREATE, Operation.POWER_OFF):
            here.cloud.faults.arm(Trouble(FaultKind.SERVER_ERROR, operation, count=None))
        await here.entitle(verdict)
        await here.work(600, pace=2)
        here.cloud.faults.disarm()
        await here.work(120, pace=2)
        wanted = {Verdict.SUSPENDED: "VpsSuspended", Verdict.RUNNING: "VpsReady"}[verdict]
        assert (await here.names())[-1] == wanted


async def test_h31_refusals_of_the_account_use_up_no_attempts() -> None:
    """The probes succeed in between, as with an unstable token: still no operation is parked."""
    with provisioner() as here:
        await here.switch_to_act()
        here.cloud.faults.arm(Trouble(FaultKind.TOKEN_REVOKED, Operation.CREATE, count=10))
        await here.pays()
        await here.work(1200, pace=10)
        names = await here.names()
        assert "OperationParked" not in names
        assert names[-1] == "VpsReady"


def test_h31_many_reports_at_once_pause_the_account_once() -> None:
    fault = Fault(kind=Kind.AUTH, scope=FaultScope.ACCOUNT, code="unauthorized", message="No.")
    pause = PauseAccount(ACCOUNT_ID, fault, HandClock()())
    given(ACCOUNT).after([pause]).when(pause).then_types()
