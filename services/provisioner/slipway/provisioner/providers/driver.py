"""The port to a cloud provider, in our words. Drivers translate; they neither wait nor retry.

A driver raises TryLater, Refused or OutcomeUnknown, named by what the caller must do, and no other.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol

from slipway.contracts.vps import Fault, Spec
from slipway.provisioner.vps.naming import ExternalName
from slipway.provisioner.vps.state import ActionStatus, Power


class ProviderProblem(Exception):
    """The provider's failure, without secrets or bodies. `fault.sent` False: surely not sent."""

    def __init__(self, fault: Fault, retry_after_seconds: float | None = None) -> None:
        super().__init__(f"{fault.kind.value}: {fault.code}")
        self.fault = fault
        self.retry_after_seconds = retry_after_seconds


class TryLater(ProviderProblem):
    """Nothing was changed. The same call may succeed later."""


class Refused(ProviderProblem):
    """A clear refusal. The same call is refused again until an operator changes something."""


class OutcomeUnknown(ProviderProblem):
    """The call may have succeeded: only a lookup can tell (H14)."""


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
    """It is not being deleted."""
    power: Power
    ipv4: str | None = None
    ipv6: str | None = None
    region: str | None = None

    def carries(self, expected: Mapping[str, str]) -> bool:
        return all(self.labels.get(name) == value for name, value in expected.items())


class ProviderDriver(Protocol):
    """One account at one provider.

    A `deadline` is boot time in seconds; after it no call is written to the socket.
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
        """Refuses to delete a server that carries other labels.

        Raises OutcomeUnknown, with nothing sent, if the server is not found: a 404 may come early.
        """

    async def adopt(self, provider_id: str, named: ExternalName, deadline: float) -> Receipt:
        """Adds our labels to an existing server. Refuses a server of another VPS."""

    async def get(self, provider_id: str) -> ProviderServer | None:
        """Returns None for a clear 404. That proves nothing until the account is proven (H5)."""

    async def find(self, named: ExternalName) -> Sequence[ProviderServer]:
        """Searches by label. An empty answer means "not seen", not "absent"."""

    async def action_status(self, action_ids: Sequence[str]) -> ActionStatus: ...

    async def list_servers(self, labels: Mapping[str, str]) -> Sequence[ProviderServer]:
        """Returns the complete list, or raises; never a part of it."""

    async def list_changing(self, labels: Mapping[str, str]) -> Collection[str]:
        """Returns the ids of the servers whose state is changing. Others cost no request.

        The list proves nothing: a listed server is polled again; any other is read by id.
        """

    async def has_sentinel(self, sentinel: str) -> bool: ...

    async def create_sentinel(self, sentinel: str) -> None:
        """Creates the sentinel key. Safe to repeat."""

    def acquire_tokens(self, *, urgent: bool = False) -> float:
        """Returns 0 and takes one step's tokens from the rate limiter, or the seconds to wait.

        An urgent step (a poll or a probe) may use the reserve.
        """
