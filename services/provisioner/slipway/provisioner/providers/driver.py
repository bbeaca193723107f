"""The port to cloud providers. Each provider has a driver that implements it.

A driver translates calls and answers. It neither waits nor retries. It raises only TryLater,
Refused or OutcomeUnknown, because each of them tells the caller how to continue.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol

from slipway.contracts.vps import Fault, Spec
from slipway.provisioner.vps.naming import ExternalName
from slipway.provisioner.vps.state import ActionStatus, Power


class ProviderProblem(Exception):
    """A call failed. The fault contains no secrets and no response bodies.

    If `fault.sent` is False, the request was certainly not sent.
    """

    def __init__(self, fault: Fault, retry_after_seconds: float | None = None) -> None:
        super().__init__(f"{fault.kind.value}: {fault.code}")
        self.fault = fault
        self.retry_after_seconds = retry_after_seconds


class TryLater(ProviderProblem):
    """Nothing was changed. The same call may succeed later."""


class Refused(ProviderProblem):
    """The provider refused the call.

    It refuses the same call until an operator changes something.
    """


class OutcomeUnknown(ProviderProblem):
    """The call may have succeeded. Only a lookup can tell (H14)."""


@dataclass(frozen=True)
class Receipt:
    """The provider accepted the call; its actions may still be running."""

    provider_id: str | None
    action_ids: tuple[str, ...] = ()


@dataclass(frozen=True)
class ProviderServer:
    """A server as the provider shows it."""

    provider_id: str
    name: str
    labels: Mapping[str, str]
    alive: bool
    """False while the provider deletes the server."""
    power: Power
    ipv4: str | None = None
    ipv6: str | None = None
    region: str | None = None

    def carries(self, expected: Mapping[str, str]) -> bool:
        return all(self.labels.get(name) == value for name, value in expected.items())


class ProviderDriver(Protocol):
    """Calls the API of one account at one provider.

    A `deadline` is a time of `CLOCK_BOOTTIME`, in seconds. No request is written to the socket
    after it.
    """

    settle: timedelta
    """How long a new server may be missing from the provider's lists."""

    async def create(
        self, spec: Spec, named: ExternalName, region: str, deadline: float
    ) -> Receipt: ...

    async def power_off(self, provider_id: str, deadline: float) -> Receipt: ...

    async def power_on(self, provider_id: str, deadline: float) -> Receipt: ...

    async def delete(
        self, provider_id: str, expected: Mapping[str, str], deadline: float
    ) -> Receipt:
        """Deletes the server. Raises Refused if the server does not carry the `expected` labels.

        Raises OutcomeUnknown and sends no deletion if the server is not found. The server may be
        too new for the provider to show it.
        """

    async def adopt(self, provider_id: str, named: ExternalName, deadline: float) -> Receipt:
        """Adds our labels to an existing server.

        Raises Refused if the server belongs to another VPS.
        """

    async def get(self, provider_id: str) -> ProviderServer | None:
        """Returns the server, or None for a clear 404.

        None proves nothing unless the account's sentinel is found (H5).
        """

    async def find(self, named: ExternalName) -> Sequence[ProviderServer]:
        """Returns the servers with these labels. A server that is not returned may still exist."""

    async def action_status(self, action_ids: Sequence[str]) -> ActionStatus: ...

    async def list_servers(self, labels: Mapping[str, str]) -> Sequence[ProviderServer]:
        """Returns all servers with these labels. Raises if any part of the list can't be read."""

    async def list_changing(self, labels: Mapping[str, str]) -> Collection[str]:
        """Returns the ids of the servers whose state is changing.

        The result proves nothing. A server in it is polled again later. Any other server is read by
        id.
        """

    async def has_sentinel(self, sentinel: str) -> bool: ...

    async def create_sentinel(self, sentinel: str) -> None:
        """Creates the sentinel key. Does nothing if the key exists."""

    def acquire_tokens(self, *, urgent: bool = False) -> float:
        """Takes one step's tokens and returns 0, or takes none and returns the seconds to wait.

        An urgent step (a poll or a probe) may also take the reserved tokens.
        """
