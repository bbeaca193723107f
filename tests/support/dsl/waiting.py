"""Waiting for a condition with a deadline, so that no test guesses how long something takes."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import TypeVar

T = TypeVar("T")


async def eventually(condition: Callable[[], Awaitable[T]], *, within_seconds: float = 10.0) -> T:
    """The condition's first truthy answer; AssertionError when there is none in time."""
    deadline = time.monotonic() + within_seconds
    while True:
        answer = await condition()
        if answer:
            return answer
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {within_seconds} s: {condition}, last {answer!r}")
        await asyncio.sleep(0.01)
