"""Runs the parts of a process until it is told to stop, and serves HTTP."""

import asyncio
import contextlib
import signal
import sys
from collections.abc import Callable, Coroutine, Sequence
from typing import Any

import structlog
import uvicorn

_log = structlog.get_logger(__name__)

_SWITCH_SECONDS = 0.0005
"""The drivers of MongoDB and of clouds work in threads, and each answer of theirs waits for the
event loop to give way: up to 5 ms by default, some forty times from a webhook to its server.
Measured at 15 webhooks/s on two busy cores: p50 1250 ms, with this 660 ms."""


async def run_until_stopped(parts: Sequence[Coroutine[Any, Any, None]]) -> None:
    """SIGTERM and SIGINT cancel every part. An error of a part ends all and is raised.

    Parts that should outlive each other's errors are supervised (`slipway.runtime`).
    """
    sys.setswitchinterval(_SWITCH_SECONDS)
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopped.set)
    tasks = [asyncio.create_task(part) for part in parts]
    stopping = asyncio.create_task(stopped.wait())
    await asyncio.wait([*tasks, stopping], return_when=asyncio.FIRST_COMPLETED)
    for task in (*tasks, stopping):
        task.cancel()
    for outcome in await asyncio.gather(*tasks, return_exceptions=True):
        if isinstance(outcome, Exception):
            _log.error("a part failed", error=repr(outcome), exc_info=outcome)
            raise outcome


async def serve_http(
    app: Callable[..., Any], *, host: str, port: int, graceful_seconds: int = 5
) -> None:
    """Uvicorn without its own signal handlers: cancelling it finishes the requests under way."""
    config = uvicorn.Config(
        app,
        host=host,
        port=port,
        log_config=None,
        access_log=False,
        lifespan="off",
        timeout_graceful_shutdown=graceful_seconds,
    )
    server = uvicorn.Server(config)
    server.capture_signals = contextlib.nullcontext  # type: ignore[method-assign, assignment]
    serving = asyncio.create_task(server.serve())
    try:
        await asyncio.shield(serving)
    except asyncio.CancelledError:
        server.should_exit = True
        await serving
        raise
