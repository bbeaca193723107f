"""H26 at the provider: a page that skips a row makes nothing missing and nothing gone."""

import asyncio

from slipway.provisioner.clouds import Clouds
from slipway.simulators.cloud.faults import Fault, FaultKind, Operation

from tests.support.provisioning import ACCOUNT, provisioner


async def test_h26_a_server_that_the_list_lacks_is_asked_for_by_id() -> None:
    with provisioner() as here:
        await here.act()
        await here.ready()
        here.cloud.faults.arm(Fault(FaultKind.MISSING_ROW, Operation.LIST, count=None))
        for _ in range(3):
            await here.inventory.take(ACCOUNT, here.driver)
            await here.work(60, pace=10)
        names = await here.names()
        drifts = [event for event in await here.events() if hasattr(event, "drift")]
        assert all(getattr(event, "drift", "") != "missing" for event in drifts)
        assert "VpsDeleted" not in names
        assert here.ever == 1


async def test_h26_of_many_who_are_looked_for_in_one_list_none_is_gone_for_lacking_in_it() -> None:
    with provisioner() as here:
        await here.act()
        await here.pays(quantity=6)
        await here.work(15)
        spec = (await here.state()).spec
        assert spec is not None
        here.cloud.faults.arm(Fault(FaultKind.MISSING_ROW, Operation.LIST, count=None))
        clouds = Clouds({ACCOUNT: here.driver}, "test")
        seen = await asyncio.gather(*(clouds.look(spec, str(id_)) for id_ in here.cloud.servers))
        assert len(seen) == 6
        assert None not in seen
