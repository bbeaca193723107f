"""H31: a fault of the whole account pauses it once; nobody is parked; all go on when it is over."""

from slipway.contracts.ids import stream_of
from slipway.contracts.vps import AttemptStarted, Fault, FaultScope, ScopePaused
from slipway.contracts.vps import FaultKind as Kind
from slipway.provisioner.scope import SCOPE, Pause
from slipway.simulators.cloud.faults import Fault as Trouble
from slipway.simulators.cloud.faults import FaultKind, Operation

from tests.support.deciding import given
from tests.support.provisioning import ACCOUNT, Provisioner, provisioner
from tests.support.simulated_cloud import Hand

CUSTOMERS = [f"customer{number}" for number in range(12)]


async def _pauses(here: Provisioner) -> int:
    records = await here.store.read(stream_of("scope", ACCOUNT))
    return sum(isinstance(record.event, ScopePaused) for record in records)


async def _through(here: Provisioner, fault: Trouble, seconds: int) -> None:
    await here.act()
    here.cloud.faults.arm(fault)
    for customer in CUSTOMERS:
        await here.pays(customer)
    await here.work(seconds, pace=5)
    assert here.ever == 0
    assert await _pauses(here) == 1
    for customer in CUSTOMERS:
        assert "OperationParked" not in await here.names(customer)
        tries = sum(isinstance(event, AttemptStarted) for event in await here.events(customer))
        assert tries <= 1, "the pause spares everybody else the attempt"
    here.cloud.faults.disarm()
    await here.work(60, pace=2)
    assert (here.alive, here.ever) == (12, 12)
    assert await _pauses(here) == 1


async def test_h31_a_revoked_token_parks_nobody() -> None:
    with provisioner() as here:
        await _through(here, Trouble(FaultKind.TOKEN_REVOKED, count=None), 120)


async def test_h31_a_provider_down_for_ten_minutes_is_one_pause_and_everything_catches_up() -> None:
    with provisioner() as here:
        await _through(here, Trouble(FaultKind.DOWN, count=None), 600)


async def test_h31_what_the_account_refuses_uses_up_nobodys_attempts() -> None:
    """Its probes succeed in between, as with a token that flickers: still nobody is parked."""
    with provisioner() as here:
        await here.act()
        here.cloud.faults.arm(Trouble(FaultKind.TOKEN_REVOKED, Operation.CREATE, count=10))
        await here.pays()
        await here.work(1200, pace=10)
        names = await here.names()
        assert "OperationParked" not in names
        assert names[-1] == "VpsReady"


def test_h31_many_who_meet_it_at_once_pause_it_once() -> None:
    fault = Fault(kind=Kind.AUTH, scope=FaultScope.ACCOUNT, code="unauthorized", message="No.")
    pause = Pause(ACCOUNT, fault, Hand()())
    given(SCOPE).after([pause]).when(pause).then_types()
