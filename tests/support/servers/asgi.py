"""Serves an ASGI application on a loopback port, within the test's process."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import uvicorn
from slipway.simulators.serving import listen
from starlette.types import ASGIApp


@asynccontextmanager
async def served_app(app: ASGIApp) -> AsyncIterator[str]:
    """Yields the URL. The port accepts connections at once."""
    listening = listen("127.0.0.1", 0)
    server = uvicorn.Server(uvicorn.Config(app, lifespan="off", log_level="critical"))
    # Signals belong to pytest.
    server.capture_signals = contextlib.nullcontext  # type: ignore[method-assign, assignment]
    serving = asyncio.create_task(server.serve(sockets=[listening]))
    try:
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
    finally:
        server.should_exit = True
        # A request that is still open, such as one that never ends, must not keep the server.
        server.force_exit = True
        await serving
