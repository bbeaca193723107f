"""H29: the first poll of a live location must not buy a server for every existing customer."""

from slipway.contracts import commands, vps

from tests.support.builders.entitlements import LOCATION
from tests.support.dsl.provisioner import provisioner


async def test_h29_an_observing_location_decides_everything_and_calls_nothing() -> None:
    with provisioner() as here:
        for customer in ("ada", "bob", "eve"):
            await here.pays(customer)
        await here.work(180, pace=20)
        assert here.servers_ever_made == 0
        assert here.cloud.ssh_keys == {}
        for customer in ("ada", "bob", "eve"):
            events = await here.events(customer)
            withheld = [event for event in events if isinstance(event, vps.OperationWithheld)]
            assert [event.reason for event in withheld] == [vps.WithheldReason.OBSERVE]


async def test_h29_a_location_that_may_act_does_everything() -> None:
    with provisioner() as here:
        for customer in ("ada", "bob"):
            await here.pays(customer)
        await here.work(30, pace=5)
        vps_id = (await here.state("bob")).vps_id
        await here.admin_sends(commands.IgnoreVps, vps_id=vps_id)
        await here.switch_to_act()
        await here.work(15)
        assert here.servers_alive == 1
        assert (await here.state("ada")).server is not None


async def test_h29_back_to_observe_stops_the_next_call() -> None:
    with provisioner() as here:
        await here.switch_to_act()
        await here.ready()
        await here.admin_sends(commands.SetLocationMode, location_id=LOCATION, mode="observe")
        await here.pays("bob")
        await here.work(60, pace=10)
        assert here.servers_ever_made == 1


async def test_h29_setting_observe_creates_no_sentinel() -> None:
    """Creating the sentinel is a writing call too, so only a location that acts does it."""
    with provisioner() as here:
        await here.admin_sends(commands.SetLocationMode, location_id=LOCATION, mode="observe")
        await here.pays()
        await here.work(60, pace=10)
        assert here.cloud.ssh_keys == {}
