"""Health is what the checks say, and every metric of the product is served under one address."""

import httpx
import pytest
from fastapi import FastAPI
from slipway.telemetry.health import Health

METRICS = [
    "slipway_webhook_accept_seconds",
    "slipway_consumer_lag_records",
    "slipway_due_work_age_seconds",
    "slipway_relay_delay_seconds",
    "slipway_provider_attempts_total",
    "slipway_provider_rate_limit_remaining",
    "slipway_ghl_rate_limit_remaining",
    "slipway_dead_letters_total",
    "slipway_task_failures_total",
]


async def asked(health: Health, path: str) -> httpx.Response:
    app = FastAPI()
    app.include_router(health.router)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://x") as client:
        return await client.get(path)


@pytest.mark.parametrize(
    ("live", "ready", "codes"),
    [(True, True, (200, 200)), (True, False, (200, 503)), (False, True, (503, 503))],
)
async def test_a_failed_check_makes_the_process_not_live_or_not_ready(
    *, live: bool, ready: bool, codes: tuple[int, int]
) -> None:
    async def later() -> bool:
        return ready

    health = Health({"inboxes": lambda: live}, {"kafka": later})
    assert (await asked(health, "/health/live")).status_code == codes[0]
    answer = await asked(health, "/health/ready")
    assert answer.status_code == codes[1]
    assert answer.json() == {"inboxes": live, "kafka": ready}


@pytest.mark.parametrize("metric", METRICS)
async def test_every_metric_is_served_with_its_meaning(metric: str) -> None:
    page = (await asked(Health({}), "/metrics")).text
    assert f"# HELP {metric} " in page


async def test_a_failing_task_is_shown_but_costs_neither_liveness_nor_readiness() -> None:
    health = Health({"inboxes": lambda: True}, failing=lambda: {"poll a": "ValueError at x:1"})
    page = await asked(health, "/health")
    assert page.status_code == 503
    assert page.json()["failing_tasks"] == {"poll a": "ValueError at x:1"}
    assert (await asked(health, "/health/live")).status_code == 200
    assert (await asked(health, "/health/ready")).status_code == 200


async def test_the_page_of_everything_is_well_when_all_checks_are_and_no_task_fails() -> None:
    page = await asked(Health({"inboxes": lambda: True}), "/health")
    assert (page.status_code, page.json()["failing_tasks"]) == (200, {})
