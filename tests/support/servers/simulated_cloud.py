"""A simulated cloud on a real socket, in its own thread, for tests with the real client.

    with served_cloud() as served:
        client = served.client()              # hcloud, its own retries off
        served.cloud.faults.arm(Fault(FaultKind.LOST_REPLY, Operation.CREATE))

Its `HandClock` stands still until a test moves it (`served.clock.forward(3)`), so no server boots
before that. `served_cloud(clock=real_clock)` uses the real time.
"""

import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import hcloud
from slipway.simulators.cloud import Cloud, CloudSettings, build_app
from slipway.simulators.cloud.settings import DEMO_TOKEN

from tests.support.fakes.clock import HandClock
from tests.support.servers.asgi import served_in_a_thread


def real_clock() -> datetime:
    return datetime.now(UTC)


@dataclass
class Served:
    cloud: Cloud
    clock: HandClock
    """Not used by the cloud if another clock was given."""
    url: str
    """The URL of the server. The API is at `<url>/v1`."""
    token: str = DEMO_TOKEN

    @property
    def endpoint(self) -> str:
        return f"{self.url}/v1"

    def client(self, token: str | None = None, timeout: float = 5) -> hcloud.Client:
        client = hcloud.Client(token or self.token, api_endpoint=self.endpoint, timeout=timeout)
        client._client._retry_max_retries = 0
        return client


@contextmanager
def served_cloud(
    settings: CloudSettings | None = None,
    *,
    clock: Callable[[], datetime] | None = None,
    ahead_seconds: float = 0.0,
    seed: int = 1,
) -> Iterator[Served]:
    """`ahead_seconds` is the error of the cloud's clock. It is negative if the clock is behind."""
    hand = HandClock()
    clock = clock or (lambda: hand() + timedelta(seconds=ahead_seconds))
    cloud = Cloud(clock, random.Random(seed), settings)  # noqa: S311 - a seed, no secret
    with served_in_a_thread(build_app(cloud)) as url:
        yield Served(cloud, hand, url)
