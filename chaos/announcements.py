"""Checks that each failure has one incident and at least one message, and no unmarked repeat."""

import asyncio
import re
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from demo.simulators_client import Json
from demo.system import System

_REPEAT = "(repeat"
_ID = re.compile(r"\[([\w.-]+)\]")


@dataclass(frozen=True)
class Announcements:
    problems: tuple[str, ...]
    messages: tuple[Json, ...]


async def announced(
    system: System, failures: Sequence[Json], within_seconds: float
) -> Announcements:
    """Waits until every failure is announced, or until the time is over; returns what it found."""
    deadline = time.monotonic() + within_seconds
    while True:
        incidents = [
            *await system.portal.get("/incidents?state=open&limit=500"),
            *await system.portal.get("/incidents?state=resolved&limit=500"),
        ]
        messages = await system.simulators.messages()
        problems = [
            problem
            for failure in failures
            if (problem := _problem(failure, incidents, messages)) is not None
        ]
        if not problems or time.monotonic() > deadline:
            return Announcements(tuple(problems), tuple(messages))
        await asyncio.sleep(1)


def _problem(failure: Json, incidents: Sequence[Json], messages: Sequence[Json]) -> str | None:
    subjects = {failure["stream"], failure["price"]}
    mine = [one for one in incidents if one.get("subject") in subjects]
    if len(mine) != 1:
        return f"{failure['customer']}: {len(mine)} incidents"
    if not any(mine[0]["id"] in _ids(message) for message in messages):
        return f"{failure['customer']}: incident {mine[0]['id']} has no message"
    return None


def unmarked_repeats(messages: Sequence[Json]) -> int:
    """Counts messages sent twice on a channel without a mark on the second one."""
    said = Counter(
        (str(one.get("subject", "slack")), str(one["text"]))
        for one in messages
        if _REPEAT not in str(one["text"]) + str(one.get("subject", ""))
    )
    return sum(count - 1 for count in said.values())


def _ids(message: Json) -> set[str]:
    return set(_ID.findall(str(message.get("subject", "")) + str(message["text"])))
