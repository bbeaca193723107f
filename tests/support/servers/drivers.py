"""Every driver and the simulated cloud it speaks to. A new driver is a line in `DRIVERS`.

The contract suite runs all of them through the same tests; so does a whole provisioner.
"""

from collections.abc import Callable

from slipway.contracts.vps import Spec
from slipway.provisioner.providers.driver import ProviderDriver
from slipway.provisioner.providers.hetzner.driver import Hetzner

from tests.support.servers.simulated_cloud import Served

Connect = Callable[[Served], ProviderDriver]


def hetzner(
    served: Served, *, token: str | None = None, answer_seconds: float = 5
) -> ProviderDriver:
    return Hetzner(
        token or served.token,
        served.endpoint,
        answer_seconds=answer_seconds,
        clock=lambda: served.clock().timestamp(),
    )


def impatient(served: Served) -> ProviderDriver:
    """Waits for an answer much shorter than a slow cloud takes."""
    return hetzner(served, answer_seconds=0.4)


DRIVERS: dict[str, Connect] = {"hetzner": hetzner}
SPEC = Spec(
    plan="small",
    provider="hetzner",
    account="main",
    size="cx22",
    image="debian-12",
    regions=("fsn1", "nbg1"),
)
