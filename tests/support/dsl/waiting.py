"""Waits for a condition with a deadline, so that no test guesses how long something takes."""

import asyncio
import os
import time
from collections.abc import Awaitable, Callable
from typing import TypeVar

T = TypeVar("T")

PATIENCE_SECONDS = float(os.environ.get("TEST_PATIENCE_SECONDS", "60"))
"""Long enough for a busy machine. Only a failing test waits so long."""


async def eventually(
    condition: Callable[[], Awaitable[T]], *, within_seconds: float = PATIENCE_SECONDS
) -> T:
    """Returns the condition's first truthy answer; raises AssertionError after the deadline."""
    deadline = time.monotonic() + within_seconds
    while True:
        answer = await condition()
        if answer:
            return answer
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {within_seconds} s: {condition}, last {answer!r}")
        await asyncio.sleep(0.01)
