"""The live view in the terminal: servers, KPIs and messages, renewed every second."""

import asyncio
from collections import Counter
from contextlib import suppress

import httpx
from rich.console import Console, Group
from rich.live import Live
from rich.table import Table
from rich.text import Text

from demo.once import table_of
from demo.simulators_client import Json
from demo.system import DAY_SECONDS, System

_LINE_SECONDS = 15.0


def links(system: System, invitation: str) -> list[Text]:
    """Returns one line for each link. No line may be truncated, because users copy them."""
    lines = (
        ("portal", invitation),
        ("", "(choose a password there; you are the first admin)"),
        ("simulators", system.page_url),
        ("", "(buy, cancel, fail a payment, cause a fault, kill a service, read Slack)"),
        ("a demo day", f"{DAY_SECONDS} seconds, so a grace period of three days takes 30"),
        ("stop", "Ctrl-C; no process is left running"),
    )
    return [Text(f"{name:14}{what}", overflow="fold") for name, what in lines]


async def show(system: System, console: Console, invitation: str) -> None:
    """Runs until cancelled. Without a terminal it prints a line from time to time."""
    for line in links(system, invitation):
        console.print(line, soft_wrap=True)
    if not console.is_terminal:
        await _tell(system, console)
    with Live(console=console, refresh_per_second=2, screen=True) as live:
        while True:
            live.update(Group(*links(system, invitation), Text(), *await _picture(system)))
            await asyncio.sleep(1)


async def _tell(system: System, console: Console) -> None:
    while True:
        with suppress(httpx.HTTPError):
            console.print(await _counts(system))
        await asyncio.sleep(_LINE_SECONDS)


async def _picture(system: System) -> list[Table | Text]:
    try:
        messages = await system.simulators.messages()
        said = [Text(f"  {_first_line(one)}", overflow="ellipsis") for one in messages[-3:]]
        return [await _counts(system), table_of(await system.portal.kpis()), *said]
    except httpx.HTTPError as error:
        return [Text(f"({type(error).__name__})")]


async def _counts(system: System) -> Text:
    cloud, ledger = await system.simulators.cloud(), await system.simulators.ledger()
    servers = Counter(server["status"] for server in cloud["servers"])
    standing = ", ".join(f"{count} {status}" for status, count in servers.items()) or "none yet"
    return Text(
        f"servers: {standing}   lost {ledger['lost']}   doubled {ledger['doubled']}   "
        f"wrongly destroyed {ledger['wrongly_destroyed']}"
    )


def _first_line(message: Json) -> str:
    text = str(message.get("text") or message.get("subject") or "")
    return text.splitlines()[0] if text else ""
