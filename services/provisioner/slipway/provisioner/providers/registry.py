"""The accounts' drivers by their names, and one list of what changes for many who wait for that."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Collection, Iterator, Mapping
from contextlib import contextmanager

from slipway.contracts.vps import Fault, FaultKind, FaultScope, Spec
from slipway.provisioner.providers.driver import CloudDriver, Refused
from slipway.provisioner.specs import account_of
from slipway.provisioner.vps.naming import INSTALLATION

PLACES = 24
"""Of one account, so many steps at a time: one that is slow leaves the others theirs."""
_GATHER_SECONDS = 0.05
_WORTH_A_LIST = 5
"""From so many at once, one list costs less of the rate limit than a request for each."""
_PAGE = 50
"""Servers in one request of a list."""


async def _gather_time() -> None:
    await asyncio.sleep(_GATHER_SECONDS)


class Clouds:
    """`gather` waits while callers join one list. Tests pass a wait without a clock."""

    def __init__(
        self,
        drivers: Mapping[str, CloudDriver],
        installation: str,
        gather: Callable[[], Awaitable[None]] = _gather_time,
    ) -> None:
        self._drivers = drivers
        self._changes = {
            name: _Changes(driver, installation, gather) for name, driver in drivers.items()
        }
        self._taken: Counter[str] = Counter()

    @property
    def accounts(self) -> Mapping[str, CloudDriver]:
        """By `<provider>/<account>`."""
        return self._drivers

    def of(self, spec: Spec) -> CloudDriver:
        """Raises Refused: a frozen spec may name an account that the settings no longer have."""
        account = account_of(spec)
        if account not in self._drivers:
            raise Refused(no_account(account))
        return self._drivers[account]

    @contextmanager
    def place(self, spec: Spec) -> Iterator[bool]:
        """Whether its account has one free; it is taken for the block then."""
        account = account_of(spec)
        free = self._taken[account] < PLACES
        self._taken[account] += free
        try:
            yield free
        finally:
            self._taken[account] -= free

    async def sees_changing(self, spec: Spec, provider_id: str) -> bool:
        """Whether it is worth waiting on; False says nothing: look by id. Raises CloudProblem."""
        self.of(spec)
        return await self._changes[account_of(spec)].include(provider_id)


def no_account(account: str) -> Fault:
    text = f"Slipway has no token for the account {account}."
    return Fault(
        kind=FaultKind.CONFIG,
        scope=FaultScope.ACCOUNT,
        code="no-account",
        message=text,
        sent=False,
    )


class _Changes:
    """Those who ask within a blink share one list of what is changing, however many rest.

    It may be stale or short, so a row only means: look again; and no row: ask by id (H26).
    """

    def __init__(
        self, driver: CloudDriver, installation: str, gather: Callable[[], Awaitable[None]]
    ) -> None:
        self._driver = driver
        self._gather_time = gather
        self._labels = {INSTALLATION: installation}
        self._waiting: set[str] = set()
        self._gathering: asyncio.Task[Collection[str]] | None = None
        self._rows = 0
        """Of the latest list: how many pages one costs."""

    async def include(self, provider_id: str) -> bool:
        self._waiting.add(provider_id)
        if self._gathering is None:
            self._gathering = asyncio.create_task(self._gather())
        return provider_id in await self._gathering

    async def _gather(self) -> Collection[str]:
        await self._gather_time()
        asked, self._waiting, self._gathering = self._waiting, set(), None
        if len(asked) < max(_WORTH_A_LIST, 2 * self._rows / _PAGE):
            # A burst passes, and only a list would tell.
            self._rows //= 2
            return ()
        changing = await self._driver.changing(self._labels)
        self._rows = len(changing)
        return changing
