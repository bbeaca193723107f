"""A Chromium for browser tests: Debian's, or SLIPWAY_CHROMIUM; else a skip that says so."""

import os
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from playwright.async_api import Browser, async_playwright


def executable() -> str | None:
    return os.environ.get("SLIPWAY_CHROMIUM") or shutil.which("chromium")


needed = pytest.mark.skipif(
    executable() is None, reason="no Chromium here: browser tests left out (apt install chromium)"
)


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
