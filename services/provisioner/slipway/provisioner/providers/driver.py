"""What the worker needs from a cloud, in our words; `drivers` translate, without sleep or retry.

A driver raises TryLater, Refused or OutcomeUnknown, named by what the caller must do, and no other.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol

from slipway.contracts.vps import Fault, Spec
from slipway.provisioner.vps.state import Outcome, Power


class CloudProblem(Exception):
    """What went wrong, without secrets or bodies; `fault.sent` False: surely not processed."""

    def __init__(self, fault: Fault, retry_after_seconds: float | None = None) -> None:
        super().__init__(f"{fault.kind.value}: {fault.code}")
        self.fault = fault
        self.retry_after_seconds = retry_after_seconds


class TryLater(CloudProblem):
    """Nothing was changed; the same call may work later."""


class Refused(CloudProblem):
    """A clear no; the same call gets the same answer until somebody changes something."""


class OutcomeUnknown(CloudProblem):
    """It may have worked: only looking helps (H14)."""


@dataclass(frozen=True)
class Taken:
    """The provider accepted it; its actions go on."""

    provider_id: str | None
    action_ids: tuple[str, ...] = ()


@dataclass(frozen=True)
class Server:
    """One as the provider shows it."""

    provider_id: str
    name: str
    labels: Mapping[str, str]
    alive: bool
    """Not being deleted."""
    power: Power
    ipv4: str | None = None
    ipv6: str | None = None
    region: str | None = None

    def carries(self, expected: Mapping[str, str]) -> bool:
        return all(self.labels.get(name) == value for name, value in expected.items())


@dataclass(frozen=True)
class Called:
    """What a server is to be called, and how it is known again."""

    name: str
    labels: Mapping[str, str]


class CloudDriver(Protocol):
    """One account at one provider. `deadline` is boot time in seconds: past it nothing goes out."""

    settle: timedelta
    """How long what was just made may be missing from the provider's lists."""

    async def create(self, spec: Spec, called: Called, region: str, deadline: float) -> Taken: ...

    async def power_off(self, provider_id: str, deadline: float) -> Taken: ...

    async def power_on(self, provider_id: str, deadline: float) -> Taken: ...

    async def delete(self, provider_id: str, expect: Mapping[str, str], deadline: float) -> Taken:
        """Refuses a server that carries other labels.

        One that isn't seen is an unknown outcome with nothing sent: a 404 may come too early.
        """

    async def adopt(self, provider_id: str, called: Called, deadline: float) -> Taken:
        """Gives an existing server our labels beside its own; refuses another VPS's."""

    async def get(self, provider_id: str) -> Server | None:
        """None: a clear 404, which proves nothing until the account is proven (H5)."""

    async def find(self, called: Called) -> Sequence[Server]:
        """By label; an empty answer is "not seen", not "absent"."""

    async def outcome(self, action_ids: Sequence[str]) -> Outcome: ...

    async def inventory(self, labels: Mapping[str, str]) -> Sequence[Server]:
        """All of them, or an error: never a short list."""

    async def changing(self, labels: Mapping[str, str]) -> Collection[str]:
        """Ids of those on their way to another state: what is at rest costs nothing here.

        Proves nothing: who is in it is worth another look, who isn't has to be asked for by id.
        """

    async def prove(self, sentinel: str) -> bool:
        """Whether this account holds the sentinel key."""

    async def plant(self, sentinel: str) -> None:
        """Make the sentinel key; safe to repeat."""

    def budget_seconds(self, *, urgent: bool = False) -> float:
        """How long to wait until the rate limit has room for a step; 0: go, its share is taken.

        What is urgent (looks, probes) may use up what is kept in reserve for it.
        """
