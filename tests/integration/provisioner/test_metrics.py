"""What an account's rate limit leaves stands among the metrics."""

from prometheus_client import REGISTRY
from slipway.provisioner.providers.hetzner.driver import Hetzner

from tests.support.servers.simulated_cloud import served_cloud


async def test_what_is_left_of_an_accounts_budget_stands_among_the_metrics() -> None:
    with served_cloud() as served:
        driver = Hetzner(served.token, served.endpoint, account_id="hetzner/shown")
        await driver.list_servers({"slipway-installation": "test"})
    left = REGISTRY.get_sample_value(
        "slipway_provider_rate_limit_remaining", {"account": "hetzner/shown"}
    )
    assert left is not None
    assert left > 0
