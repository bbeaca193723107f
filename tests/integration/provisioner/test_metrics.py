"""The remaining rate limit of an account is a metric."""

from prometheus_client import REGISTRY
from slipway.provisioner.providers.hetzner.driver import Hetzner

from tests.support.servers.simulated_cloud import served_cloud


async def test_an_accounts_remaining_rate_limit_is_a_metric() -> None:
    with served_cloud() as served:
        driver = Hetzner(served.token, served.endpoint, account_id="hetzner/shown")
        await driver.list_servers({"slipway-installation": "test"})
    left = REGISTRY.get_sample_value(
        "slipway_provider_rate_limit_remaining", {"account": "hetzner/shown"}
    )
    assert left is not None
    assert left > 0
