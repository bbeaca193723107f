"""Runs each test of this folder once for every driver."""

from collections.abc import Iterator

import pytest
from slipway.simulators.cloud import CloudSettings
from slipway.simulators.cloud.settings import DEMO_TOKEN

from tests.support.dsl.driver import OTHER_TOKEN, DriverCase
from tests.support.dsl.provisioner import Provisioner, provisioner
from tests.support.servers.drivers import DRIVERS, Connect
from tests.support.servers.simulated_cloud import served_cloud


@pytest.fixture(params=DRIVERS.values(), ids=list(DRIVERS))
def case(request: pytest.FixtureRequest) -> Iterator[DriverCase]:
    connect: Connect = request.param
    settings = CloudSettings(tokens={DEMO_TOKEN: "demo", OTHER_TOKEN: "other"})
    with served_cloud(settings) as served:
        yield DriverCase(served, connect(served), connect)


@pytest.fixture(params=DRIVERS.values(), ids=list(DRIVERS))
def here(request: pytest.FixtureRequest) -> Iterator[Provisioner]:
    with provisioner(connect=request.param) as started:
        yield started
