"""Shares one list of changing servers among steps that poll at about the same time.

This saves requests to the provider.
"""

import asyncio
from collections.abc import Awaitable, Callable, Collection

from slipway.provisioner.providers.driver import ProviderDriver
from slipway.provisioner.vps.naming import INSTALLATION

_GATHER_SECONDS = 0.05
_WORTH_A_LIST = 5
"""From this many callers on, a list costs fewer requests than reading each server by id."""
_PAGE = 50
"""Number of servers on one page of a list. Each page is one request."""


async def gather_time() -> None:
    await asyncio.sleep(_GATHER_SECONDS)


class ChangingServers:
    """Tells which servers of one account are changing, from a list that several callers share.

    The list may be stale or incomplete. A server in the list is polled again later. Any other
    server is read by id (H26).
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
        """Length of the latest list, used to estimate how many pages the next list has."""

    async def include(self, provider_id: str) -> bool:
        self._asked.add(provider_id)
        if self._gathering is None:
            self._gathering = asyncio.create_task(self._gather())
        return provider_id in await self._gathering

    async def _gather(self) -> Collection[str]:
        await self._gather_time()
        asked, self._asked, self._gathering = self._asked, set(), None
        if len(asked) < max(_WORTH_A_LIST, 2 * self._latest_length / _PAGE):
            # No list was read, so its length is unknown. The estimate shrinks, as bursts end.
            self._latest_length //= 2
            return ()
        changing = await self._driver.list_changing(self._labels)
        self._latest_length = len(changing)
        return changing
