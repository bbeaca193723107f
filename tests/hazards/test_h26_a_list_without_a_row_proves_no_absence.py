"""H26 at the provider: a page that skips a server proves no absence."""

from slipway.simulators.cloud.faults import Fault, FaultKind, Operation

from tests.support.dsl.provisioner import ACCOUNT_ID, provisioner


async def test_h26_a_server_missing_from_the_list_is_read_by_id() -> None:
    with provisioner() as here:
        await here.switch_to_act()
        await here.ready()
        here.cloud.faults.arm(Fault(FaultKind.MISSING_ROW, Operation.LIST, count=None))
        for _ in range(3):
            await here.reconciler.reconcile(ACCOUNT_ID, here.driver)
            await here.work(60, pace=10)
        names = await here.names()
        drifts = [event for event in await here.events() if hasattr(event, "drift")]
        assert all(getattr(event, "drift", "") != "missing" for event in drifts)
        assert "VpsDeleted" not in names
        assert here.servers_ever_made == 1


async def test_h26_no_polled_server_is_gone_because_a_list_lacks_it() -> None:
    with provisioner() as here:
        await here.switch_to_act()
        await here.pays(quantity=6)
        await here.work_at_once(1)
        here.cloud.faults.arm(Fault(FaultKind.MISSING_ROW, Operation.LIST, count=None))
        await here.work_at_once(20)
        for ordinal in range(1, 7):
            assert (await here.names(ordinal=ordinal))[-1] == "VpsReady"
        assert here.servers_ever_made == 6
