"""The living picture in the terminal: what the world and the portal show, once a second."""

import asyncio
from collections import Counter

import httpx
from rich.console import Console, Group
from rich.live import Live
from rich.table import Table
from rich.text import Text

from demo.once import table_of
from demo.outside import Json
from demo.system import DAY_SECONDS, System


def links(system: System, invitation: str) -> Table:
    table = Table.grid(padding=(0, 2))
    table.add_row("portal", f"[link={invitation}]{invitation}[/]")
    table.add_row("", "(choose a password there: you are its first admin)")
    table.add_row("world outside", f"[link={system.page_url}]{system.page_url}[/]")
    table.add_row("", "(buy, cancel, fail a payment, break the cloud, kill a service, read Slack)")
    table.add_row("a demo day", f"{DAY_SECONDS} seconds: a grace of three days is over after 30")
    table.add_row("stop", "Ctrl-C; nothing is left behind")
    return table


async def show(system: System, console: Console, invitation: str) -> None:
    """Until cancelled."""
    with Live(console=console, refresh_per_second=2, screen=console.is_terminal) as live:
        while True:
            try:
                picture = Group(links(system, invitation), *await _picture(system))
                live.update(picture)
            except httpx.HTTPError as error:
                live.update(Group(links(system, invitation), Text(f"({type(error).__name__})")))
            await asyncio.sleep(1)


async def _picture(system: System) -> list[Table | Text]:
    cloud, ledger = await system.outside.cloud(), await system.outside.ledger()
    messages = await system.outside.messages()
    servers = Counter(server["status"] for server in cloud["servers"])
    counts = Text(
        f"\nservers {dict(servers)}   lost {ledger['lost']}   doubled {ledger['doubled']}   "
        f"wrongly destroyed {ledger['wrongly_destroyed']}   messages {len(messages)}\n"
    )
    said = [Text(f"  {_first_line(one)}", overflow="ellipsis") for one in messages[-3:]]
    return [counts, table_of(await system.portal.kpis()), *said]


def _first_line(message: Json) -> str:
    text = str(message.get("text") or message.get("subject") or "")
    return text.splitlines()[0] if text else ""
