"""Dead man's switch: calls a monitoring service while the notifier is healthy.

The monitoring service raises an alarm when the calls stop, so a dead notifier is noticed.
"""

import asyncio
import contextlib
from collections.abc import Callable

import httpx

_INTERVAL_SECONDS = 60.0
_TIMEOUT_SECONDS = 10.0


class DeadMansSwitch:
    def __init__(self, url: str, is_healthy: Callable[[], bool]) -> None:
        self._url = url
        self._is_healthy = is_healthy

    async def run(self) -> None:
        async with httpx.AsyncClient(timeout=_TIMEOUT_SECONDS) as client:
            while True:
                if self._is_healthy():
                    with contextlib.suppress(httpx.HTTPError):
                        await client.get(self._url)
                await asyncio.sleep(_INTERVAL_SECONDS)
