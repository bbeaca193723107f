"""`--once`: plays the scenario, waits until all is settled, judges, and prints the KPIs."""

import asyncio
import json
import time
from typing import Any

from rich.console import Console
from rich.table import Table

from demo.scenario import play
from demo.settlement import quantile, unsettled, webhook_to_create_ms
from demo.simulators_client import Json
from demo.system import INSTALLATION, System

_SETTLE_SECONDS = 120.0
_KPIS_SECONDS = 30.0


async def run_once(system: System, console: Console, began: float) -> bool:
    """Returns whether every invariant holds. The last line printed is one JSON object."""
    played = await play(system, lambda what: console.print(f"[dim]·[/] {what}"))
    with console.status("waiting until every customer has exactly the servers they pay for …"):
        left = await settle(system)
    for problem in left:
        console.print(f"[red]not settled:[/] {problem}")
    with console.status("waiting for the KPIs …"):
        kpis = await _settled_kpis(system)
    console.print(table_of(kpis))
    result = await _result(system, kpis, len(played.bought))
    result["seconds"] = round(time.monotonic() - began, 1)
    result["kafka_version"] = system.backing.kafka_version
    result["mongodb_version"] = system.backing.mongodb_version
    holds = not left and not any(result[name] for name in ("lost", "doubled", "wrongly_destroyed"))
    console.print("[green]all invariants hold[/]" if holds else "[red]an invariant is broken[/]")
    print(json.dumps(result), flush=True)  # noqa: T201 - the output of the command
    return holds


async def settle(system: System, within_seconds: float = _SETTLE_SECONDS) -> list[str]:
    """Waits until all customers have exactly the servers they pay for; returns the others."""
    deadline = time.monotonic() + within_seconds
    while True:
        cloud = await system.simulators.cloud()
        left = unsettled(await system.simulators.subscriptions(), cloud["servers"], INSTALLATION)
        if not left or time.monotonic() > deadline:
            return left
        await asyncio.sleep(0.5)


async def _settled_kpis(system: System) -> Json:
    """Returns the KPIs once the projection has caught up: unchanged for three seconds."""
    deadline = time.monotonic() + _KPIS_SECONDS
    kpis, same = await system.portal.kpis(), 0
    while same < 3 and time.monotonic() < deadline:
        await asyncio.sleep(1)
        newer = await system.portal.kpis()
        counted = ("automation_success", "webhook_processing", "deprovisioning_time")
        same = same + 1 if all(newer[name]["n"] == kpis[name]["n"] for name in counted) else 0
        kpis = newer
    return kpis


async def _result(system: System, kpis: Json, customers: int) -> dict[str, Any]:
    cloud, ledger = await system.simulators.cloud(), await system.simulators.ledger()
    servers = cloud["servers"]
    took = webhook_to_create_ms(await system.simulators.subscriptions(), servers, INSTALLATION)
    return {
        "customers": customers,
        "vps_created": len(servers),
        "vps_deleted": sum(server["delete_asked_at"] is not None for server in servers),
        "lost": ledger["lost"],
        "doubled": ledger["doubled"],
        "wrongly_destroyed": ledger["wrongly_destroyed"],
        "parked": len(await system.portal.get("/needs-attention")),
        "notifications_sent": len(await system.simulators.messages()),
        "webhook_to_create_p50_ms": quantile(took, 0.50),
        "webhook_to_create_p99_ms": quantile(took, 0.99),
        "kpis": {
            name: {field: kpi.get(field) for field in ("value", "target", "status", "n")}
            for name, kpi in kpis.items()
        },
    }


def table_of(kpis: Json) -> Table:
    table = Table("KPI", "value", "target", "status", "n", title="the eight KPIs")
    for name, kpi in kpis.items():
        value = kpi["value"]
        shown = "-" if value is None else f"{value:.3g}"
        status = f"{kpi['status']}{', low sample' if kpi['low_sample'] else ''}"
        table.add_row(name, shown, str(kpi["target"]), status, str(kpi["n"]))
    return table
