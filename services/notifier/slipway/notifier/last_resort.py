"""Says that Kafka or MongoDB is gone, without either: straight to the channels, once an outage.

What is told here is kept in memory alone; a restart in the middle of an outage tells it again.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence

import structlog

from slipway.notifier.ports import Channel, Letter, NotTaken

_log = structlog.get_logger(__name__)

_EVERY_SECONDS = 2.0
_PATIENCE_SECONDS = 5.0

Check = Callable[[], Awaitable[None]]
"""Raises whatever it likes when the thing does not answer."""


class LastResort:
    def __init__(
        self,
        checks: Mapping[str, Check],
        channels: Sequence[Channel],
        *,
        patience_seconds: float,
        monotonic: Callable[[], float],
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._checks = checks
        self._channels = channels
        self._patience_seconds = patience_seconds
        self._monotonic = monotonic
        self._sleep = sleep
        self._gone_since: dict[str, float] = {}
        self._told: set[str] = set()

    async def run(self) -> None:
        while True:
            await self.look()
            await self._sleep(_EVERY_SECONDS)

    async def look(self) -> None:
        for name, check in self._checks.items():
            if await _answers(check):
                await self._back(name)
            else:
                await self._gone(name)

    @property
    def well(self) -> bool:
        return not self._gone_since

    async def _gone(self, name: str) -> None:
        since = self._gone_since.setdefault(name, self._monotonic())
        silent = self._monotonic() - since
        if name in self._told or silent < self._patience_seconds:
            return
        letter = Letter(
            subject=f"{name} does not answer",
            body=(
                f"{name} has not answered for {silent:.0f} s. Until it is back nothing is created "
                "or deleted, and incidents can't be kept.\n"
                "Nothing is lost: webhooks are kept in Kafka, or GHL is told to send them again, "
                "and all work goes on by itself afterwards.\n"
                f"Next: bring {name} back. There will be one message when it is."
            ),
            urgent=True,
        )
        if await self._send(letter):
            self._told.add(name)

    async def _back(self, name: str) -> None:
        since = self._gone_since.pop(name, None)
        if name not in self._told or since is None:
            return
        gone = self._monotonic() - since
        letter = Letter(
            subject=f"Over: {name} answers again",
            body=f"It was away for {gone:.0f} s. Work goes on by itself.",
            urgent=False,
        )
        self._told.discard(name)
        await self._send(letter)

    async def _send(self, letter: Letter) -> bool:
        for channel in self._channels:
            try:
                await channel.send(letter)
            except NotTaken as refusal:
                _log.error("last resort not taken", channel=channel.name, problem=refusal.problem)
            else:
                return True
        return False


async def _answers(check: Check) -> bool:
    try:
        async with asyncio.timeout(_PATIENCE_SECONDS):
            await check()
    except Exception as error:  # noqa: BLE001 - whatever it raises, it does not answer
        _log.warning("no answer", error=type(error).__name__)
        return False
    return True
