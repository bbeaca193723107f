"""H16: from 3 to 2 drops a VPS that was never created, or asks an operator."""

from slipway.contracts.subscriptions import CheckAnswer
from slipway.simulators.cloud.faults import Fault, FaultKind, Operation

from tests.support.dsl.provisioner import provisioner


async def test_h16_a_decrease_among_servers_in_use_waits_for_an_operator() -> None:
    with provisioner() as here:
        await here.switch_to_act()
        await here.pays(quantity=3)
        await here.work(15)
        assert here.servers_alive == 3
        await here.pays(quantity=2)
        await here.work(120, pace=10)
        assert here.servers_alive == 3
        assert "QuantityDecreaseReferred" in await here.names(ordinal=3)


async def test_h16_a_vps_that_was_never_created_is_dropped_automatically() -> None:
    with provisioner() as here:
        # The location only observes, so no server was created yet.
        await here.pays(quantity=3)
        await here.work(5)
        await here.pays(quantity=2)
        await here.switch_to_act()
        await here.work(15)
        assert here.servers_alive == 2
        assert "VpsDeleted" in await here.names(ordinal=3)


async def test_h16_an_unknown_quantity_changes_nothing() -> None:
    with provisioner() as here:
        await here.switch_to_act()
        await here.pays(quantity=2)
        await here.work(15)
        before = await here.names(), await here.names(ordinal=2)
        await here.pays(quantity=None)
        await here.work(60, pace=10)
        assert (await here.names(), await here.names(ordinal=2)) == before
        assert here.servers_alive == 2


async def test_h16_a_cancellation_ends_all_vpss() -> None:
    with provisioner() as here:
        await here.switch_to_act()
        await here.pays(quantity=2)
        await here.work(15)
        await here.cancels(quantity=2)
        await here.work(1)
        await here.confirmation_answered(CheckAnswer.CONFIRMED)
        await here.work(5)
        assert here.servers_alive == 1
        assert "ReleaseRequested" in await here.names(ordinal=2)


async def test_h16_a_server_that_may_exist_counts_as_in_use() -> None:
    """The answer got lost: it is unknown yet whether there is a server."""
    with provisioner() as here:
        await here.switch_to_act()
        here.cloud.faults.arm(Fault(FaultKind.LOST_REPLY, Operation.CREATE, count=2))
        await here.pays(quantity=2)
        await here.work()
        assert (await here.names(ordinal=2))[-1] == "AttemptOutcomeUnknown"
        await here.pays(quantity=1)
        await here.work(60, pace=2)
        assert here.servers_alive == 2
        assert "QuantityDecreaseReferred" in await here.names(ordinal=2)
