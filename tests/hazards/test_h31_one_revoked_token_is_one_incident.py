"""H31: a fault of the whole account pauses it once; nobody is parked; all go on when it is over."""

from slipway.contracts.ids import stream_of
from slipway.contracts.vps import ScopePaused
from slipway.simulators.cloud.faults import Fault, FaultKind

from tests.support.provisioning import ACCOUNT, Provisioner, provisioner

CUSTOMERS = [f"customer{number}" for number in range(12)]


async def _pauses(here: Provisioner) -> int:
    records = await here.store.read(stream_of("scope", ACCOUNT))
    return sum(isinstance(record.event, ScopePaused) for record in records)


async def _through(here: Provisioner, fault: Fault, seconds: int) -> None:
    await here.act()
    here.cloud.faults.arm(fault)
    for customer in CUSTOMERS:
        await here.pays(customer)
    await here.work(seconds, pace=5)
    assert here.ever == 0
    assert await _pauses(here) == 1
    for customer in CUSTOMERS:
        assert "OperationParked" not in await here.names(customer)
    here.cloud.faults.disarm()
    await here.work(60, pace=2)
    assert (here.alive, here.ever) == (12, 12)
    assert await _pauses(here) == 1


async def test_h31_a_revoked_token_parks_nobody() -> None:
    with provisioner() as here:
        await _through(here, Fault(FaultKind.TOKEN_REVOKED, count=None), 120)


async def test_h31_a_provider_down_for_ten_minutes_is_one_pause_and_everything_catches_up() -> None:
    with provisioner() as here:
        await _through(here, Fault(FaultKind.DOWN, count=None), 600)
