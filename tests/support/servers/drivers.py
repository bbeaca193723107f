"""All drivers, connected to a simulated cloud. A new driver is one line in `DRIVERS`.

The contract tests run once for each driver.
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
    """Returns a driver whose time-out is shorter than the delay of a slow cloud."""
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
