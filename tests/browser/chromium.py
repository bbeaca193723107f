"""The Chromium of browser tests: one for each worker, as each start costs a second of CPU time."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from playwright.async_api import Browser, Playwright, async_playwright, expect

from tests.support.processes.browsers import executable

_PATIENCE_MS = 60_000
_open: list[tuple[Playwright, Browser]] = []


@asynccontextmanager
async def browser() -> AsyncIterator[Browser]:
    """Yields the shared browser and closes its contexts after the block.

    Tests and fixtures that use it run on the session's event loop, to which it belongs.
    """
    if not _open:
        # A condition that holds costs no time, however long the machine may take for it.
        expect.set_options(timeout=_PATIENCE_MS)
        playwright = await async_playwright().start()
        launched = await playwright.chromium.launch(
            executable_path=executable(), args=["--no-sandbox"]
        )
        _open.append((playwright, launched))
    shared = _open[0][1]
    try:
        yield shared
    finally:
        for context in list(shared.contexts):
            await context.close()


async def close() -> None:
    for playwright, launched in _open:
        await launched.close()
        await playwright.stop()
    _open.clear()
