"""H5: another project's token shows an empty list and 404s; no absence is concluded from them."""

from slipway.contracts.subscriptions import CheckAnswer
from slipway.provisioner.safety.destruction_brake import Limits
from slipway.simulators.cloud.faults import Fault, FaultKind

from tests.support.dsl.provisioner import ACCOUNT_ID, Provisioner, provisioner

SWAPPED = Fault(FaultKind.TOKEN_SWAPPED, count=None)


async def _served(here: Provisioner) -> None:
    await here.switch_to_act()
    await here.ready()


async def test_h05_a_deletion_is_not_believed_and_the_account_proof_fails() -> None:
    with provisioner() as here:
        await _served(here)
        await here.cancels()
        await here.work(1)
        here.cloud.faults.arm(SWAPPED)
        await here.confirmation_answered(CheckAnswer.CONFIRMED)
        await here.work(120, pace=5)
        assert "VpsDeleted" not in await here.names()
        assert (await here.account()).proof_failed
        here.cloud.faults.disarm()
        await here.work(900, pace=10)
        assert here.servers_alive == 1 or "VpsDeleted" in await here.names()


async def test_h05_no_customer_gets_a_second_server() -> None:
    with provisioner() as here:
        await _served(here)
        here.cloud.faults.arm(SWAPPED)
        await here.reconciler.reconcile(ACCOUNT_ID, here.driver)
        await here.work(120, pace=10)
        await here.reconciler.reconcile(ACCOUNT_ID, here.driver)
        await here.work(120, pace=10)
        assert here.servers_ever_made == 1
        assert "VpsDrifted" not in await here.names()


async def test_h05_a_new_customer_waits_while_the_account_is_not_proven() -> None:
    with provisioner() as here:
        await _served(here)
        await here.cancels()
        await here.work(1)
        here.cloud.faults.arm(SWAPPED)
        await here.confirmation_answered(CheckAnswer.CONFIRMED)
        await here.work(10)
        await here.pays("bob")
        await here.work(60, pace=5)
        assert here.servers_ever_made == 1
        here.cloud.faults.disarm()
        await here.work(90, pace=5)
        assert (await here.state("bob")).server is not None


async def test_h05_a_re_creation_takes_a_permit_of_the_brake() -> None:
    """Even if many servers are believed gone, they are not all created again at once."""
    with provisioner(limits=Limits(floor=1, share=0.0)) as here:
        here.ghl_answers = True
        await _served(here)
        await here.cancels()
        await here.work(1)
        await here.work(10)
        assert "VpsDeleted" in await here.names()
        await here.pays()
        await here.work(60, pace=5)
        assert here.servers_alive == 0, "the one permit of this hour went to the deletion"
        assert (await here.names())[-1] == "OperationWithheld"
