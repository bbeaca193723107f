"""The walk of ARCHITECTURE.md with the real services, and with one trace from end to end."""

import asyncio
import json
from collections import defaultdict
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from slipway.backing import Backing

from demo.once import settle
from demo.settlement import unsettled
from demo.system import INSTALLATION, Pace, System, running
from tests.support.dsl.waiting import eventually

_FAST = Pace(boot_seconds=0.3, probe_seconds=2)

WALK = {
    "1. GHL calls": "webhook ",
    "2. The webhook becomes a delivery": "publish slipway.deliveries.received.v1",
    "3. GHL's record is read": "read back",
    "4. The record becomes an entitlement": "publish slipway.subscriptions.granted.v1",
    "5. The VPS gets a desired state": "consume subscriptions",
    "6. A worker takes the next step": "provision ",
    "7. The provider is called": "hetzner create",
    "8. The server is proven": "publish slipway.vps.ready.v1",
    "9. GHL learns the address": "write back",
    "10. Reporting counts it": "project slipway.vps.ready.v1",
}
"""Headings of the walk in ARCHITECTURE.md, each with the span that shows its step in a trace."""
FAILURE = {"11. Slack tells what failed": "send slack"}
"""The walk's last heading: nothing fails in a purchase that succeeds."""


pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def system(
    backing: Backing, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[System]:
    """One system for all tests of this file, because its start takes longer than a test."""
    folder = tmp_path_factory.mktemp("system")
    async with running(backing, pace=_FAST, keep=folder) as started:
        yield started


def _traces(path: Path) -> dict[str, list[dict[str, Any]]]:
    found: dict[str, list[dict[str, Any]]] = defaultdict(list)
    # A service may be in the middle of writing the last line.
    for line in path.read_text().rpartition("\n")[0].splitlines():
        span = json.loads(line)
        found[span["trace_id"]].append(span)
    return found


def _one_trace_has(path: Path, *legs: str) -> bool:
    """Returns whether one trace has a span of each of these names."""
    return any(
        all(any(leg in span["name"] for span in spans) for leg in legs)
        for spans in _traces(path).values()
    )


async def test_a_customer_buys_pays_late_and_cancels(system: System) -> None:
    ada = await system.simulators.buy("Ada")
    assert await settle(system, 240) == []
    await system.simulators.act(ada, "unpaid")
    assert await settle(system, 240) == []
    await system.simulators.act(ada, "pay")
    assert await settle(system, 240) == []
    await system.simulators.act(ada, "cancel")
    assert await settle(system, 240) == []
    ledger = await system.simulators.ledger()
    assert (ledger["lost"], ledger["doubled"], ledger["wrongly_destroyed"]) == (0, 0, 0)
    assert (ledger["servers_created"], ledger["servers_deleted"]) == (1, 1)


async def test_one_trace_shows_each_step_of_the_walk(system: System) -> None:
    await system.simulators.buy("Ada")
    assert await settle(system, 240) == []

    async def traced() -> bool:
        return _one_trace_has(system.traces_file, *WALK.values())

    await eventually(traced)


async def test_one_trace_from_the_webhook_to_the_slack_message(system: System) -> None:
    await system.simulators.buy("Eve", "price_mystery")

    async def announced() -> bool:
        return any("price_mystery" in str(one) for one in await system.simulators.messages())

    await eventually(announced)

    async def traced() -> bool:
        return _one_trace_has(
            system.traces_file,
            "webhook",
            "publish slipway.subscriptions.plan-unmapped.v1",
            "publish slipway.incidents.opened.v1",
            *FAILURE.values(),
        )

    await eventually(traced)


async def test_all_services_may_be_killed_during_purchases(system: System) -> None:
    bought = [await system.simulators.buy(f"Customer {number}") for number in range(4)]
    for name in ("ingest", "provisioner", "notifier", "reporting"):
        system.processes[name].kill()
    await asyncio.gather(*(system.simulators.act(one, "cancel") for one in bought[:2]))
    assert await settle(system, 240) == []
    cloud = await system.simulators.cloud()
    left = unsettled(await system.simulators.subscriptions(), cloud["servers"], INSTALLATION)
    assert left == []
    ledger = await system.simulators.ledger()
    assert (ledger["lost"], ledger["doubled"], ledger["wrongly_destroyed"]) == (0, 0, 0)
