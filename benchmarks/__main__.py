"""`python -m benchmarks [name …]` prints a table, and one JSON object as the last line."""

import json
import sys
from collections.abc import Awaitable, Callable, Mapping
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
import uvloop
from rich.console import Console
from rich.table import Table
from slipway.backing import Backing, CannotStart, start

from benchmarks import accept, append, chain, projection
from benchmarks.measurement import Measurement, Say

Run = Callable[[Backing, Path, int, Say], Awaitable[Measurement]]


class Name(StrEnum):
    ACCEPT = "accept"
    CHAIN = "chain"
    APPEND = "append"
    PROJECTION = "projection"


RUNS: Mapping[Name, Run] = {
    Name.ACCEPT: accept.run,
    Name.CHAIN: chain.run,
    Name.APPEND: append.run,
    Name.PROJECTION: projection.run,
}

_EPILOG = "Examples:  python -m benchmarks   ·   python -m benchmarks append projection --rounds 9"

app = typer.Typer(add_completion=False, rich_markup_mode="markdown")


@app.command(epilog=_EPILOG)
def main(
    names: Annotated[
        list[Name] | None,
        typer.Argument(
            help="The benchmarks to run; without a name, all of them.", show_default=False
        ),
    ] = None,
    rounds: Annotated[
        int,
        typer.Option(
            min=1, help="How often Slipway and the baseline alternate; the median counts."
        ),
    ] = 3,
) -> None:
    """Measure Slipway against baselines, alternating in one run, on real Kafka and MongoDB.

    - **accept**: signed webhooks per second through the edge, against an endpoint that only
    produces to Kafka. Target: at least 0.7.

    - **chain**: milliseconds from a webhook to the provider's create request, against the same
    hops with nothing else in them. Target: at most 1.4.

    - **append**: appends per second to the event store, against a plain update_one. Target: at
    least 0.85.

    - **projection**: events per second into the read models, against a plain bulk_write of the
    same documents. Target: at least 0.6.

    Progress and the table go to standard error, and one JSON object to standard output as the last
    line. A missed target is shown, and the exit code stays 0. Leave the machine idle during the
    run, as all processes share its cores.
    """
    console = Console(stderr=True)
    try:
        with start() as backing:
            found = uvloop.run(_measure(backing, names or list(Name), rounds, console))
    except CannotStart as problem:
        sys.exit(str(problem))
    console.print(_table(found))
    values = {
        name: {"ours": one.ours, "baseline": one.baseline, "ratio": one.ratio}
        for name, one in found.items()
    }
    print(json.dumps(values), flush=True)


async def _measure(
    backing: Backing, names: list[Name], rounds: int, console: Console
) -> dict[str, Measurement]:
    found: dict[str, Measurement] = {}
    for name in dict.fromkeys(names):
        with console.status(f"{name} …") as status:

            def say(what: str, name: str = name) -> None:
                status.update(f"{name}: {what} …")
                if not console.is_terminal:
                    console.print(f"{name}: {what}")

            found[name] = await RUNS[name](backing, backing.folder, rounds, say)
        console.print(f"[dim]·[/] {name}: {found[name].ratio:.2f}")
    return found


def _table(found: Mapping[str, Measurement]) -> Table:
    table = Table(title="Slipway against its baselines", show_lines=True)
    for heading in ("", "Slipway", "baseline", "ratio", "target", "reached"):
        table.add_column(heading, justify="left" if not heading else "right")
    table.add_column("notes", overflow="fold")
    for name, one in found.items():
        table.add_row(
            f"[bold]{name}[/]\n[dim]{one.unit}[/]",
            f"{one.ours:,.1f}",
            f"{one.baseline:,.1f}",
            f"{one.ratio:.2f}",
            str(one.aim),
            "[green]yes[/]" if one.reached else "[red]no[/]",
            "\n".join(one.notes),
        )
    return table


if __name__ == "__main__":
    app()
