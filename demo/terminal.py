"""The living picture in the terminal: what the world and the portal show, once a second."""

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
    """A line each; none may be cut, for they are copied."""
    lines = (
        ("portal", invitation),
        ("", "(choose a password there: you are its first admin)"),
        ("simulators", system.page_url),
        ("", "(buy, cancel, fail a payment, break the cloud, kill a service, read Slack)"),
        ("a demo day", f"{DAY_SECONDS} seconds: a grace of three days is over after 30"),
        ("stop", "Ctrl-C; nothing is left behind"),
    )
    return [Text(f"{name:14}{what}", overflow="fold") for name, what in lines]


async def show(system: System, console: Console, invitation: str) -> None:
    """Until cancelled. Where nobody watches a terminal, a line now and then."""
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
