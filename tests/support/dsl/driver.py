"""One driver and its simulated cloud, for tests of single calls."""

from dataclasses import dataclass
from typing import Any

from slipway.provisioner.providers.deadline import boot_time
from slipway.provisioner.providers.driver import ProviderDriver, ProviderServer, Receipt
from slipway.provisioner.vps.naming import ExternalName, external_name
from slipway.simulators.cloud import Fault, Operation
from slipway.simulators.cloud import FaultKind as Strikes
from slipway.simulators.cloud.api.create_request import create_request

from tests.support.dsl.waiting import eventually
from tests.support.servers.drivers import SPEC, Connect
from tests.support.servers.simulated_cloud import Served

OTHER_TOKEN = "token-of-another-project"


def called(
    vps: str = "loc1:ada-1", generation: int = 1, installation: str = "test"
) -> ExternalName:
    named = external_name(installation, vps, generation)
    return ExternalName(named.name, named.labels)


@dataclass
class DriverCase:
    served: Served
    driver: ProviderDriver
    connect: Connect

    def arm(self, kind: Strikes, operation: Operation | None = None, **more: Any) -> int:
        return self.served.cloud.faults.arm(Fault(kind, operation, **more))

    async def until_held(self, calls: int) -> None:
        """Waits until the cloud holds back so many answers, by the fault SLOW."""

        async def held() -> bool:
            return self.served.cloud.delays.held >= calls

        await eventually(held)

    def release(self) -> None:
        """Ends all faults and lets the held answers go on."""
        self.served.cloud.faults.disarm()
        self.served.cloud.delays.release()

    def struck(self) -> int:
        return sum(int(str(one["struck"])) for one in self.served.cloud.faults.describe())

    async def create(self, name: ExternalName | None = None, region: str = "fsn1") -> Receipt:
        return await self.driver.create(SPEC, name or called(), region, soon())

    async def made(self, name: ExternalName | None = None) -> str:
        """Creates a server, waits until it runs, and returns its id."""
        taken = await self.create(name)
        self.served.clock.forward(10)
        assert taken.provider_id is not None
        return taken.provider_id

    async def shown(self, provider_id: str) -> ProviderServer:
        server = await self.driver.get(provider_id)
        assert server is not None
        return server

    @property
    def servers(self) -> int:
        return len(self.served.cloud.servers)


def soon() -> float:
    return boot_time() + 30


def foreign_server(case: DriverCase, name: str = "web-1", **labels: str) -> str:
    """Creates a server that does not belong to Slipway, and returns its id."""
    body = {"name": name, "server_type": SPEC.size, "image": SPEC.image, "labels": labels}
    made, _ = case.served.cloud.create_server("demo", create_request(body))
    return str(made.id)
