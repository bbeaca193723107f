"""Delays answers for the fault `slow`. A test may release the delayed answers earlier."""

import asyncio
import contextlib


class Delays:
    def __init__(self) -> None:
        self._held: set[tuple[asyncio.AbstractEventLoop, asyncio.Event]] = set()

    @property
    def held(self) -> int:
        return len(self._held)

    async def hold(self, seconds: float) -> None:
        """Returns after that many seconds, or when `release` is called."""
        one = (asyncio.get_running_loop(), asyncio.Event())
        self._held.add(one)
        try:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(seconds):
                    await one[1].wait()
        finally:
            self._held.discard(one)

    def release(self) -> None:
        """Ends the delay of every delayed answer. Any thread may call it."""
        for loop, released in list(self._held):
            loop.call_soon_threadsafe(released.set)
