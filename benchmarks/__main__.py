"""`python -m benchmarks [name …]`: measures, shows a table; the last line is one JSON object."""

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
        typer.Argument(help="Which to run; all of them if none is named.", show_default=False),
    ] = None,
    rounds: Annotated[
        int,
        typer.Option(min=1, help="How often ours and the baseline take turns; medians count."),
    ] = 3,
) -> None:
    """Measure Slipway beside baselines, in turns in the same run, on real Kafka and MongoDB.

    - **accept**: signed webhooks a second through the edge, beside an endpoint that only
    produces to Kafka; aim at least 0.7.

    - **chain**: milliseconds from a webhook to the provider's create request, beside the same
    hops with nothing else in them; aim at most 1.4.

    - **append**: event-store appends a second, beside the raw update_one; aim at least 0.85.

    - **projection**: events a second into the read models, beside a raw bulk_write of the same
    documents; aim at least 0.6.

    Progress and the table go to standard error, one JSON object to standard output as the last
    line. A missed aim is shown and fails nothing. Let the machine rest meanwhile: everything
    shares its cores.
    """
    console = Console(stderr=True)
    try:
        with start() as backing:
            found = uvloop.run(_measure(backing, names or list(Name), rounds, console))
    except CannotStart as problem:
        sys.exit(str(problem))
    console.print(_table(found))
    figures = {
        name: {"ours": one.ours, "baseline": one.baseline, "ratio": one.ratio}
        for name, one in found.items()
    }
    print(json.dumps(figures), flush=True)


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
    table = Table(title="Slipway beside its baselines", show_lines=True)
    for heading in ("", "ours", "baseline", "ratio", "aim", "reached"):
        table.add_column(heading, justify="left" if not heading else "right")
    table.add_column("beside", overflow="fold")
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
