"""Fallback alerts: messages about an outage of Kafka, MongoDB or the notifier's own inbox.

They are sent without Kafka, MongoDB or the inbox. Their state is in memory only, so a restart
during an outage repeats the alert.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog

from slipway.notifier.message_text import MessageText, duration_text
from slipway.notifier.notifications.port import (
    NotificationChannel,
    RenderedMessage,
    SendFailed,
)
from slipway.notifier.notifications.render import render_fallback

_log = structlog.get_logger(__name__)

_INTERVAL_SECONDS = 2.0
_CHECK_TIMEOUT_SECONDS = 5.0
_REPEAT_AFTER = (timedelta(minutes=15), timedelta(hours=1))
"""The waits before the first and each later repeat. An admin can't acknowledge an alert."""

Check = Callable[[], Awaitable[None]]
"""Checks a dependency. Raises any exception if the dependency is not healthy."""


@dataclass(frozen=True)
class Dependency:
    """A part that incidents or their notifications need, such as Kafka."""

    name: str
    check: Check
    impact: str
    remedy: str
    depends_on: tuple[str, ...] = ()
    """Other dependencies. During an outage of one of them, this dependency is not checked."""
    min_outage: timedelta = timedelta()
    """A shorter outage is not announced, even if the settings allow it."""


_STOPPED = (
    "Until it is back, no server is created or deleted. Nothing is lost: webhooks are kept, or "
    "GHL is asked to send them again."
)


def backing_service(name: str, check: Check) -> Dependency:
    """Returns Kafka or MongoDB as a dependency."""
    return Dependency(name, check, _STOPPED, "An engineer has to restart it.")


def notifier_itself(check: Check, *, depends_on: tuple[str, ...]) -> Dependency:
    """Returns the notifier as a dependency.

    If its inbox is stuck, the notifier can't report that as an incident (H18).
    """
    return Dependency(
        "The notifier",
        check,
        "Other problems may not be reported.",
        "An engineer has to restart it, which is safe.",
        depends_on,
        # After an outage, the notifier's own heartbeat needs some time to arrive again.
        min_outage=timedelta(minutes=1),
    )


@dataclass
class _Outage:
    since: datetime
    announced_at: list[datetime]


class FallbackAlerts:
    def __init__(
        self,
        dependencies: Sequence[Dependency],
        channels: Sequence[NotificationChannel],
        *,
        announce_after: timedelta,
        clock: Callable[[], datetime],
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._dependencies = dependencies
        self._channels = channels
        self._announce_after = announce_after
        self._clock = clock
        self._sleep = sleep
        self._outages: dict[str, _Outage] = {}

    async def run(self) -> None:
        while True:
            await self.check_once()
            await self._sleep(_INTERVAL_SECONDS)

    async def check_once(self) -> None:
        for dependency in self._dependencies:
            if self._outages.keys() & set(dependency.depends_on):
                continue
            if await _is_healthy(dependency):
                await self._on_healthy(dependency)
            else:
                await self._on_unhealthy(dependency)

    @property
    def healthy(self) -> bool:
        return not self._outages

    async def _on_unhealthy(self, dependency: Dependency) -> None:
        now = self._clock()
        outage = self._outages.setdefault(dependency.name, _Outage(now, []))
        if now < self._next_announcement(dependency, outage):
            return
        length = duration_text(now - outage.since)
        text = MessageText(
            f"{dependency.name} is not responding",
            f"{dependency.name} has not responded for {length}. {dependency.impact}",
            f"{dependency.remedy} All work then continues automatically, and you receive a "
            "message.",
        )
        if await self._send(render_fallback(text, outage.since)):
            outage.announced_at.append(now)

    def _next_announcement(self, dependency: Dependency, outage: _Outage) -> datetime:
        if not outage.announced_at:
            return outage.since + max(self._announce_after, dependency.min_outage)
        repeats = min(len(outage.announced_at), len(_REPEAT_AFTER))
        return outage.announced_at[-1] + _REPEAT_AFTER[repeats - 1]

    async def _on_healthy(self, dependency: Dependency) -> None:
        outage = self._outages.get(dependency.name)
        if outage is None:
            return
        if outage.announced_at:
            text = MessageText(
                f"{dependency.name} is responding again",
                f"The outage lasted {duration_text(self._clock() - outage.since)}.",
                "Nothing to do: all work continues automatically.",
            )
            if not await self._send(render_fallback(text, outage.since, resolved=True)):
                return  # an announced outage must not end unannounced: the next check tries again
        del self._outages[dependency.name]

    async def _send(self, message: RenderedMessage) -> bool:
        """Sends the message to the first channel that accepts it. Returns whether one did."""
        for channel in self._channels:
            try:
                await channel.send(message)
            except SendFailed as failure:
                _log.error(
                    "fallback alert not accepted", channel=channel.name, problem=failure.problem
                )
            else:
                return True
        return False


async def _is_healthy(dependency: Dependency) -> bool:
    try:
        async with asyncio.timeout(_CHECK_TIMEOUT_SECONDS):
            await dependency.check()
    except Exception as error:  # noqa: BLE001 - any exception means that it is not healthy
        _log.warning("dependency unhealthy", dependency=dependency.name, error=type(error).__name__)
        return False
    return True
