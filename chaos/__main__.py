"""`python -m chaos --seed 7` kills ten times under load, then judges. The last line is JSON."""

import argparse
import asyncio
import json
import random
import sys
from collections import Counter
from typing import Any

from rich.console import Console
from slipway.backing import Backing, CannotStart, start

from chaos.announcements import announced, unmarked_repeats
from chaos.kills import IN_FLIGHT, KillReport, run_kills
from demo.once import settle
from demo.system import Pace, System, running

_SETTLE_SECONDS = 240.0
_ANNOUNCE_SECONDS = 60.0
# Ten kills take time to recover from, so the ledger waits longer than a customer would.
_PACE = Pace(judge_seconds=240, promise_seconds=120, brake_floor=1000, probe_seconds=10)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m chaos", description=__doc__)
    parser.add_argument(
        "--seed", type=int, default=7, help="seed of the purchases and of the order of kills"
    )
    asked = parser.parse_args()
    console = Console(stderr=True)
    try:
        with start() as backing:
            result = asyncio.run(_main(backing, asked.seed, console))
    except CannotStart as problem:
        sys.exit(str(problem))
    print(json.dumps(result), flush=True)
    if not _holds(result):
        sys.exit(1)


async def _main(backing: Backing, seed: int, console: Console) -> dict[str, Any]:
    rng = random.Random(seed)  # noqa: S311 - no secrets
    with console.status("starting …") as status:
        async with running(backing, say=status.update, pace=_PACE, seed=seed) as system:
            report = await run_kills(system, rng, lambda what: console.print(f"[dim]·[/] {what}"))
            status.update("waiting until every customer has exactly the servers they pay for …")
            left = await settle(system, _SETTLE_SECONDS)
            for problem in left:
                console.print(f"[red]not settled:[/] {problem}")
            status.update("waiting until all failures are announced …")
            return await _result(system, report, left, console)


async def _result(
    system: System, report: KillReport, left: list[str], console: Console
) -> dict[str, Any]:
    needing = len(report.needing_an_admin)
    found = await announced(system, report.needing_an_admin, _ANNOUNCE_SECONDS)
    for problem in found.problems:
        console.print(f"[red]not announced once:[/] {problem}")
    ledger = await system.simulators.ledger()
    findings = ledger["findings"]
    for kind in ("lost", "doubled", "wrongly_destroyed"):
        for finding in findings[kind]:
            console.print(f"[red]{kind}:[/] {finding}")
    subjects = Counter(one.get("text", "").splitlines()[0] for one in found.messages)
    for subject, count in subjects.most_common():
        console.print(f"{count} x {subject}", style="dim", markup=False)
    return {
        "lost": ledger["lost"],
        "doubled": ledger["doubled"],
        "wrongly_destroyed": ledger["wrongly_destroyed"],
        "unsettled": len(left),
        "unannounced": len(found.problems),
        "unmarked_repeats": unmarked_repeats(found.messages),
        "kills": report.kills,
        "in_flight_min": min(report.in_flight),
        "needing_a_person": needing,
    }


def _holds(result: dict[str, Any]) -> bool:
    bad = ("lost", "doubled", "wrongly_destroyed", "unsettled", "unannounced", "unmarked_repeats")
    return (
        not any(result[name] for name in bad)
        and result["kills"] >= 8
        and result["in_flight_min"] >= IN_FLIGHT
    )


if __name__ == "__main__":
    main()
