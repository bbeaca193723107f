"""H17: one stream grants permits atomically; too many engage it until an admin resets it."""

from slipway.contracts import commands
from slipway.contracts.subscriptions import CheckAnswer
from slipway.provisioner.safety.destruction_brake import BRAKE, STREAM, Limits

from tests.support.dsl.provisioner import ACCOUNT_ID, Provisioner, provisioner

CUSTOMERS = ("ada", "bob", "eve")


async def _all_cancel(here: Provisioner) -> None:
    await here.switch_to_act()
    for customer in CUSTOMERS:
        await here.pays(customer)
    await here.work(15)
    assert here.servers_alive == 3
    for customer in CUSTOMERS:
        await here.cancels(customer)
    await here.work(1)
    for customer in CUSTOMERS:
        await here.confirmation_answered(CheckAnswer.CONFIRMED, customer)
    await here.work(60, pace=5)


async def _brake(here: Provisioner) -> bool:
    return (await here.store.load(BRAKE, STREAM)).state.engaged


async def test_h17_the_brake_stops_operations_above_the_floor_and_stays_engaged() -> None:
    with provisioner(limits=Limits(floor=2, share=0.0)) as here:
        await _all_cancel(here)
        assert here.servers_alive == 1
        assert await _brake(here)
        # A window later it is still engaged: only an admin resets it.
        await here.work(7200, pace=300)
        assert await _brake(here)
        assert here.servers_alive == 1


async def test_h17_an_admin_resets_the_brake_and_the_rest_continues() -> None:
    with provisioner(limits=Limits(floor=2, share=0.0)) as here:
        await _all_cancel(here)
        await here.admin_sends(commands.ResetBrake)
        await here.work(5)
        for customer in CUSTOMERS:
            await here.confirmation_answered(CheckAnswer.CONFIRMED, customer)
        await here.work(30, pace=2)
        assert here.servers_alive == 0


async def test_h17_a_paying_customers_vanished_server_is_never_replaced_automatically() -> None:
    with provisioner() as here:
        here.ghl_answers = True
        await here.switch_to_act()
        await here.ready()
        [server] = here.cloud.servers.values()
        here.served.client().servers.delete(here.served.client().servers.get_by_id(server.id))
        await here.work(5)
        for _ in range(3):
            await here.reconciler.reconcile(ACCOUNT_ID, here.driver)
            await here.work(120, pace=20)
        assert here.servers_ever_made == 1
        assert "VpsDrifted" in await here.names()
        state = await here.state()
        await here.admin_sends(commands.CreateVps, vps_id=state.vps_id)
        await here.work(15)
        assert (here.servers_ever_made, here.servers_alive) == (2, 1)
