"""H2: `cancelled` v3 is delayed, `active` v4 is applied, v3 is redriven: the server stays."""

from slipway.contracts.subscriptions import Verdict
from slipway.contracts.vps import Desired

from tests.support.dsl.provisioner import provisioner


async def test_h02_a_redriven_cancellation_older_than_the_payment_changes_nothing() -> None:
    with provisioner() as here:
        await here.switch_to_act()
        await here.entitle(Verdict.RUNNING, version=2)
        await here.work(10)
        await here.entitle(Verdict.RUNNING, version=4)
        before = await here.names()
        await here.entitle(Verdict.ABSENT, version=3)
        await here.work(60, pace=5)
        assert await here.names() == before
        assert here.servers_alive == 1
        state = await here.state()
        assert state.desired_state is not None
        assert state.desired_state.desired is Desired.RUNNING


async def test_h02_the_same_entitlement_twice_is_one_server() -> None:
    with provisioner() as here:
        await here.switch_to_act()
        record = await here.pays()
        await here.subscriptions.on_subscription(record)
        await here.work(10)
        await here.subscriptions.on_subscription(record)
        await here.work(10)
        assert (here.servers_alive, here.servers_ever_made) == (1, 1)
