"""A Chromium for browser tests."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from playwright.async_api import Browser, async_playwright

from tests.support.processes.browsers import executable


@asynccontextmanager
async def browser() -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        opened = await playwright.chromium.launch(
            executable_path=executable(), args=["--no-sandbox"]
        )
        try:
            yield opened
        finally:
            await opened.close()
