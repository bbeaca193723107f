"""Says that Kafka, MongoDB or the notifier itself is ill, without any of them: straight out.

What is told here is kept in memory alone; a restart in the middle of an outage tells it again.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog

from slipway.notifier.notifications.port import Channel, Letter, NotTaken
from slipway.notifier.notifications.render import direct
from slipway.notifier.notifications.text import Text, spoken

_log = structlog.get_logger(__name__)

_EVERY_SECONDS = 2.0
_PATIENCE_SECONDS = 5.0
_AGAIN_AFTER = (timedelta(minutes=15), timedelta(hours=1))
"""First reminder, then each further one: nobody can acknowledge it without the store."""

Ask = Callable[[], Awaitable[None]]
"""Raises whatever it likes when the thing is not well."""


@dataclass(frozen=True)
class Dependency:
    """Something without which incidents can't be kept or told."""

    name: str
    ask: Ask
    gone: str
    """What it means for people that it is gone."""
    cure: str
    rests_on: tuple[str, ...] = ()
    """While one of these is gone, this one is not asked: one cause, one message."""
    patience: timedelta = timedelta()
    """At least so long, however impatient the settings are."""


_STOPPED = (
    "Until it is back no server is made or deleted. Nothing is lost: GHL's messages are kept, or "
    "GHL is told to send them again."
)


def backing(name: str, ask: Ask) -> Dependency:
    """Kafka or MongoDB."""
    return Dependency(name, ask, _STOPPED, "Somebody has to bring it back.")


def itself(ask: Ask, *, rests_on: tuple[str, ...]) -> Dependency:
    """Who tells everything else: it must not be stuck in what it tells of (H18)."""
    return Dependency(
        "The notifier",
        ask,
        "What goes wrong elsewhere may not reach you.",
        "Somebody has to restart it, which is safe.",
        rests_on,
        # After an outage it takes a while until it hears itself again.
        patience=timedelta(minutes=1),
    )


@dataclass
class _Outage:
    since: datetime
    told: list[datetime]


class LastResort:
    def __init__(
        self,
        dependencies: Sequence[Dependency],
        channels: Sequence[Channel],
        *,
        patience: timedelta,
        clock: Callable[[], datetime],
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._dependencies = dependencies
        self._channels = channels
        self._patience = patience
        self._clock = clock
        self._sleep = sleep
        self._outages: dict[str, _Outage] = {}

    async def run(self) -> None:
        while True:
            await self.look()
            await self._sleep(_EVERY_SECONDS)

    async def look(self) -> None:
        for one in self._dependencies:
            if self._outages.keys() & set(one.rests_on):
                continue
            if await _is_well(one):
                await self._back(one)
            else:
                await self._gone(one)

    @property
    def well(self) -> bool:
        return not self._outages

    async def _gone(self, one: Dependency) -> None:
        now = self._clock()
        outage = self._outages.setdefault(one.name, _Outage(now, []))
        if now < self._next_word(one, outage):
            return
        text = Text(
            f"{one.name} does not answer",
            f"{one.name} has not answered for {spoken(now - outage.since)}. {one.gone}",
            f"{one.cure} All work then goes on by itself, and you get a message.",
        )
        if await self._send(direct(text, outage.since)):
            outage.told.append(now)

    def _next_word(self, one: Dependency, outage: _Outage) -> datetime:
        if not outage.told:
            return outage.since + max(self._patience, one.patience)
        return outage.told[-1] + _AGAIN_AFTER[min(len(outage.told), len(_AGAIN_AFTER)) - 1]

    async def _back(self, one: Dependency) -> None:
        outage = self._outages.get(one.name)
        if outage is None:
            return
        if outage.told:
            text = Text(
                f"{one.name} answers again",
                f"It was away for {spoken(self._clock() - outage.since)}.",
                "Nothing for you to do: work goes on by itself.",
            )
            if not await self._send(direct(text, outage.since, over=True)):
                return  # the next look tries again: who was told must hear the end
        del self._outages[one.name]

    async def _send(self, letter: Letter) -> bool:
        for channel in self._channels:
            try:
                await channel.send(letter)
            except NotTaken as refusal:
                _log.error("last resort not taken", channel=channel.name, problem=refusal.problem)
            else:
                return True
        return False


async def _is_well(one: Dependency) -> bool:
    try:
        async with asyncio.timeout(_PATIENCE_SECONDS):
            await one.ask()
    except Exception as error:  # noqa: BLE001 - whatever it raises, it is not well
        _log.warning("not well", what=one.name, error=type(error).__name__)
        return False
    return True
