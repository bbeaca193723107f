"""Closes the worker's browser at the end of the run."""

from collections.abc import AsyncIterator

import pytest_asyncio

from tests.browser import chromium


@pytest_asyncio.fixture(scope="session", loop_scope="session", autouse=True)
async def _chromium_ends() -> AsyncIterator[None]:
    yield
    await chromium.close()
