"""The drivers by account, and a limit on how many steps one account may take at a time."""

from collections import Counter
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager

from slipway.contracts.vps import Fault, FaultKind, FaultScope, Spec
from slipway.provisioner.providers.changing_servers import ChangingServers, gather_time
from slipway.provisioner.providers.driver import ProviderDriver, Refused
from slipway.provisioner.specs import account_id_of

STEPS_PER_ACCOUNT = 24
"""How many steps of one account run at a time, so that a slow account leaves room for others."""


class ProviderRegistry:
    """`gather` waits while callers join one list. Tests pass a wait without a clock."""

    def __init__(
        self,
        drivers: Mapping[str, ProviderDriver],
        installation: str,
        gather: Callable[[], Awaitable[None]] = gather_time,
    ) -> None:
        self._drivers = drivers
        self._changing = {
            account_id: ChangingServers(driver, installation, gather)
            for account_id, driver in drivers.items()
        }
        self._running: Counter[str] = Counter()

    @property
    def drivers(self) -> Mapping[str, ProviderDriver]:
        """By account id, `<provider>/<account>`."""
        return self._drivers

    def driver_of(self, spec: Spec) -> ProviderDriver:
        """Raises Refused if the settings no longer have the account of a frozen spec."""
        account_id = account_id_of(spec)
        if account_id not in self._drivers:
            raise Refused(no_account(account_id))
        return self._drivers[account_id]

    @contextmanager
    def slot(self, spec: Spec) -> Iterator[bool]:
        """Yields whether the account has a free slot, which the block then holds."""
        account_id = account_id_of(spec)
        free = self._running[account_id] < STEPS_PER_ACCOUNT
        self._running[account_id] += free
        try:
            yield free
        finally:
            self._running[account_id] -= free

    async def is_changing(self, spec: Spec, provider_id: str) -> bool:
        """Returns True if the server is still changing. False says nothing: read it by id.

        Raises ProviderProblem.
        """
        self.driver_of(spec)
        return await self._changing[account_id_of(spec)].include(provider_id)


def no_account(account_id: str) -> Fault:
    return Fault(
        kind=FaultKind.CONFIG,
        scope=FaultScope.ACCOUNT,
        code="no-account",
        message=f"Slipway has no token for the account {account_id}.",
        sent=False,
    )
