"""Calls a URL while the notifier is well; the service behind it alerts when the calls end."""

import asyncio
import contextlib
from collections.abc import Callable

import httpx

_EVERY_SECONDS = 60.0


class DeadManSwitch:
    def __init__(self, url: str, is_well: Callable[[], bool]) -> None:
        self._url = url
        self._is_well = is_well

    async def run(self) -> None:
        """Until cancelled."""
        async with httpx.AsyncClient(timeout=10) as client:
            while True:
                if self._is_well():
                    with contextlib.suppress(httpx.HTTPError):
                        await client.get(self._url)
                await asyncio.sleep(_EVERY_SECONDS)
