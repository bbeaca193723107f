"""While the provider is down, there is one incident; afterwards all customers catch up.

The outage lasts less than a minute. The expectation is set to fifteen seconds instead of ten
minutes, so that all customers are late. `test_h31_…` covers ten minutes with a hand clock.
"""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from slipway.backing import Backing

from demo.once import settle
from demo.simulators_client import Json
from demo.system import Pace, System, running
from tests.support.dsl.waiting import eventually

BUYERS = 12
GROWN = 10
"""The number of symptoms at which an incident counts as grown."""


@pytest.fixture
async def system(backing: Backing, tmp_path: Path) -> AsyncIterator[System]:
    # The portal is not probed, because on a busy machine the probe opens incidents of its own.
    pace = Pace(boot_seconds=0.3, promise_seconds=15, judge_seconds=240, probe_seconds=3600)
    async with running(backing, pace=pace, keep=tmp_path) as started:
        yield started


async def _incidents(system: System, state: str) -> list[Json]:
    found: list[Json] = await system.portal.get(f"/incidents?state={state}")
    return [one for one in found if one["cause"] != "portal-down"]


async def _said(system: System) -> list[str]:
    """Returns the first line of each message to the operators."""
    lines = [str(one["text"]).splitlines()[0] for one in await system.simulators.messages()]
    return [one for one in lines if "portal" not in one]


async def test_a_provider_that_is_down_is_one_incident_and_everything_catches_up(
    system: System,
) -> None:
    standing = [await system.simulators.buy(f"Earlier {number}") for number in range(3)]
    assert await settle(system, 240) == []
    await system.simulators.arm_cloud_fault("down", count=None)
    await asyncio.gather(*(system.simulators.buy(f"Later {number}") for number in range(BUYERS)))
    for one, action in zip(standing, ("cancel", "unpaid", "cancel"), strict=True):
        await system.simulators.act(one, action)

    async def all_are_late() -> bool:
        return any(one["symptom_count"] >= GROWN for one in await _incidents(system, "open"))

    await eventually(all_are_late, within_seconds=90)
    assert [one["cause"] for one in await _incidents(system, "open")] == ["account-paused"]
    assert len((await system.simulators.cloud())["servers"]) == len(standing)
    await system.simulators.clear_cloud_faults()
    assert await settle(system, 240) == []

    async def over() -> bool:
        return await _incidents(system, "open") == []

    await eventually(over)
    assert [one["cause"] for one in await _incidents(system, "resolved")] == ["account-paused"]

    async def announced() -> bool:
        return any("Resolved" in one for one in await _said(system))

    await eventually(announced)
    said = await _said(system)
    assert sum("Resolved" in one for one in said) == 1
    assert all("hetzner/main does not work" in one for one in said)
    ledger = await system.simulators.ledger()
    assert (ledger["lost"], ledger["doubled"], ledger["wrongly_destroyed"]) == (0, 0, 0)
    assert (ledger["servers_created"], ledger["servers_deleted"]) == (len(standing) + BUYERS, 2)
