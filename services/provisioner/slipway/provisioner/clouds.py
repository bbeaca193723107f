"""The accounts' drivers by their names, and looks at many servers in one list."""

import asyncio
from collections.abc import Mapping

from slipway.contracts.vps import Spec
from slipway.provisioner.naming import INSTALLATION
from slipway.provisioner.ports import CloudDriver, Server
from slipway.provisioner.specs import account_of

_GATHER_SECONDS = 0.05
_WORTH_A_LIST = 5
"""From so many looks at once, one list costs less of the rate limit than a request for each."""


class Clouds:
    def __init__(self, drivers: Mapping[str, CloudDriver], installation: str) -> None:
        self._drivers = drivers
        self._looks = {name: _Looks(driver, installation) for name, driver in drivers.items()}

    @property
    def accounts(self) -> Mapping[str, CloudDriver]:
        """By `<provider>/<account>`."""
        return self._drivers

    def of(self, spec: Spec) -> CloudDriver:
        return self._drivers[account_of(spec)]

    async def look(self, spec: Spec, provider_id: str) -> Server | None:
        """By id; a 404 is None. Raises CloudProblem."""
        return await self._looks[account_of(spec)].look(provider_id)


class _Looks:
    """Those who ask within a blink share one list; who is not in it is asked for by id."""

    def __init__(self, driver: CloudDriver, installation: str) -> None:
        self._driver = driver
        self._labels = {INSTALLATION: installation}
        self._waiting: set[str] = set()
        self._gathering: asyncio.Task[Mapping[str, Server]] | None = None

    async def look(self, provider_id: str) -> Server | None:
        self._waiting.add(provider_id)
        if self._gathering is None:
            self._gathering = asyncio.create_task(self._gather())
        listed = await self._gathering
        found = listed.get(provider_id)
        return found if found is not None else await self._driver.get(provider_id)

    async def _gather(self) -> Mapping[str, Server]:
        await asyncio.sleep(_GATHER_SECONDS)
        asked, self._waiting, self._gathering = self._waiting, set(), None
        if len(asked) < _WORTH_A_LIST:
            return {}
        return {one.provider_id: one for one in await self._driver.inventory(self._labels)}
