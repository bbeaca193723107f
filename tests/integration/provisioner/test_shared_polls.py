"""Concurrent polls share one list of changing servers; the list itself proves nothing."""

from collections.abc import Collection, Mapping
from typing import Any, cast

from slipway.provisioner.providers.driver import ProviderDriver
from slipway.simulators.cloud.faults import Fault, FaultKind, Operation

from tests.support.dsl.provisioner import provisioner
from tests.support.servers.drivers import hetzner
from tests.support.servers.simulated_cloud import Served

_MANY = 6


class _Stuck:
    """A provider whose list shows every server as changing for ever."""

    def __init__(self, driver: ProviderDriver, served: Served) -> None:
        self._driver = driver
        self._served = served

    async def list_changing(self, labels: Mapping[str, str]) -> Collection[str]:
        assert labels
        return {str(id_) for id_ in self._served.cloud.servers}

    def __getattr__(self, name: str) -> Any:
        return getattr(self._driver, name)


def _stuck(served: Served) -> ProviderDriver:
    return cast("ProviderDriver", _Stuck(hetzner(served), served))


async def test_a_list_that_never_ends_proves_nothing_and_blocks_nothing_for_ever() -> None:
    with provisioner(connect=_stuck) as here:
        await here.switch_to_act()
        await here.pays(quantity=_MANY)
        await here.work_at_once(60)
        assert "VpsReady" not in await here.names()
        here.clock.forward(30 * 60)
        await here.work_at_once(2)
        for ordinal in range(1, _MANY + 1):
            assert (await here.names(ordinal=ordinal))[-1] == "VpsReady"
        assert here.servers_ever_made == _MANY


async def test_booting_servers_are_not_read_by_id() -> None:
    with provisioner() as here:
        await here.switch_to_act()
        here.cloud.faults.arm(Fault(FaultKind.SLOW_BOOT, seconds=20, count=None))
        await here.pays(quantity=_MANY)
        await here.work_at_once(1)
        here.cloud.faults.arm(
            Fault(FaultKind.SERVER_ERROR, Operation.GET, count=None, for_seconds=15)
        )
        await here.work_at_once(10)
        assert not any(one["struck"] for one in here.cloud.faults.describe() if one["operation"])
        await here.work_at_once(30)
        assert (await here.names())[-1] == "VpsReady"
