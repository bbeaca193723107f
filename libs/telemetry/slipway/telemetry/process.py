"""Runs the parts of a process until a stop signal, and serves HTTP."""

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
"""The interval after which Python switches between threads.

The drivers of MongoDB and of clouds work in threads. Each of their answers waits until the event
loop's thread is interrupted: up to 5 ms by default, and about forty times from a webhook to its
server. Measured at 15 webhooks/s on two busy cores: p50 1250 ms by default, 660 ms with this."""


async def run_until_stopped(parts: Sequence[Coroutine[Any, Any, None]]) -> None:
    """Runs all parts until SIGTERM or SIGINT, which cancel them.

    If one part raises an error, all parts are cancelled and the error is raised. Parts that should
    continue after errors of others are supervised (`slipway.runtime`).
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
    """Serves the application with Uvicorn, but without its signal handlers.

    If the call is cancelled, the server finishes its current requests and then stops.
    """
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
