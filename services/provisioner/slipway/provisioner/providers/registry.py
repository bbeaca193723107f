"""Finds the driver of an account, and limits how many steps of one account run at a time."""

from collections import Counter
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager

from slipway.contracts.vps import Fault, FaultKind, FaultScope, Spec
from slipway.provisioner.providers.changing_servers import ChangingServers, gather_time
from slipway.provisioner.providers.driver import ProviderDriver, Refused
from slipway.provisioner.specs import account_id_of

STEPS_PER_ACCOUNT = 24
"""How many steps of one account may run at a time. The limit keeps a slow account from using all of
the worker's capacity."""


class ProviderRegistry:
    """Holds the drivers and counts the running steps, by account.

    Steps that ask at about the same time whether their servers are still changing share one request
    to the provider. `gather` waits a moment to collect them. Tests pass another function.
    """

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
        """Returns the drivers by account id, which is `<provider>/<account>`."""
        return self._drivers

    def driver_of(self, spec: Spec) -> ProviderDriver:
        """Returns the driver for the spec.

        Raises Refused if the settings no longer have its account.
        """
        account_id = account_id_of(spec)
        if account_id not in self._drivers:
            raise Refused(no_account(account_id))
        return self._drivers[account_id]

    @contextmanager
    def slot(self, spec: Spec) -> Iterator[bool]:
        """Yields True if one more step of the account may run, else False.

        If True, the step counts as running until the `with` block ends.
        """
        account_id = account_id_of(spec)
        free = self._running[account_id] < STEPS_PER_ACCOUNT
        self._running[account_id] += free
        try:
            yield free
        finally:
            self._running[account_id] -= free

    async def is_changing(self, spec: Spec, provider_id: str) -> bool:
        """Returns True if the provider lists the server as changing.

        False proves nothing, so the caller reads the server by id. Raises ProviderProblem.
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
