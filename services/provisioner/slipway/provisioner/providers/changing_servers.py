"""Saves requests: steps that poll at about the same time share one list of changing servers."""

import asyncio
from collections.abc import Awaitable, Callable, Collection

from slipway.provisioner.providers.driver import ProviderDriver
from slipway.provisioner.vps.naming import INSTALLATION

_GATHER_SECONDS = 0.05
_WORTH_A_LIST = 5
"""From this many callers on, a list costs fewer requests than reading each server by id."""
_PAGE = 50
"""Servers in one request of a list."""


async def gather_time() -> None:
    await asyncio.sleep(_GATHER_SECONDS)


class ChangingServers:
    """The changing servers of one account.

    The list may be stale or incomplete. A server in it is polled again; any other is read by id
    (H26).
    """

    def __init__(
        self, driver: ProviderDriver, installation: str, gather: Callable[[], Awaitable[None]]
    ) -> None:
        self._driver = driver
        self._gather_time = gather
        self._labels = {INSTALLATION: installation}
        self._asked: set[str] = set()
        self._gathering: asyncio.Task[Collection[str]] | None = None
        self._latest_length = 0
        """The length of the latest list tells how many pages a list costs."""

    async def include(self, provider_id: str) -> bool:
        self._asked.add(provider_id)
        if self._gathering is None:
            self._gathering = asyncio.create_task(self._gather())
        return provider_id in await self._gathering

    async def _gather(self) -> Collection[str]:
        await self._gather_time()
        asked, self._asked, self._gathering = self._asked, set(), None
        if len(asked) < max(_WORTH_A_LIST, 2 * self._latest_length / _PAGE):
            # Without a list its length is unknown. A burst passes, so the estimate shrinks.
            self._latest_length //= 2
            return ()
        changing = await self._driver.list_changing(self._labels)
        self._latest_length = len(changing)
        return changing
