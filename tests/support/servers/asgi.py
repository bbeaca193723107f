"""Serves an ASGI application on a loopback port, within the test's process."""

import asyncio
import contextlib
import socket
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager

import uvicorn
from slipway.simulators.serving import listen
from starlette.types import ASGIApp


class _Server(uvicorn.Server):
    """Ends at once. uvicorn's own end takes up to 0.2 s, because it polls a flag."""

    def __init__(self, app: ASGIApp) -> None:
        super().__init__(uvicorn.Config(app, lifespan="off", log_level="critical"))
        # Signals belong to pytest.
        self.capture_signals = contextlib.nullcontext  # type: ignore[method-assign, assignment]
        self.serving = threading.Event()

    async def main_loop(self) -> None:
        self._loop, self._ended = asyncio.get_running_loop(), asyncio.Event()
        await self.on_tick(0)
        self.serving.set()
        await self._ended.wait()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Drops requests that are still open, such as one that never ends."""
        for server in self.servers:
            server.close()
        for listening in sockets or []:
            listening.close()
        for connection in list(self.server_state.connections):
            connection.shutdown()
        for task in list(self.server_state.tasks):
            task.cancel()
        await asyncio.gather(*self.server_state.tasks, return_exceptions=True)

    def end(self) -> None:
        """Ends the server. Any thread may call it once the server serves."""
        self._loop.call_soon_threadsafe(self._ended.set)


@asynccontextmanager
async def served_app(app: ASGIApp) -> AsyncIterator[str]:
    """Yields the URL. The port accepts connections at once."""
    listening = listen("127.0.0.1", 0)
    port = listening.getsockname()[1]
    server = _Server(app)
    task = asyncio.create_task(server.serve(sockets=[listening]))
    try:
        while not server.serving.is_set():  # noqa: ASYNC110 - set within some turns of the loop
            await asyncio.sleep(0)
        yield f"http://127.0.0.1:{port}"
    finally:
        server.end()
        await task


@contextmanager
def served_in_a_thread(app: ASGIApp) -> Iterator[str]:
    """Yields the URL. Suits blocking clients and tests without an event loop."""
    listening = listen("127.0.0.1", 0)
    port = listening.getsockname()[1]
    server = _Server(app)
    thread = threading.Thread(target=server.run, args=([listening],), daemon=True)
    thread.start()
    assert server.serving.wait(60), "the application did not start"
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        server.end()
        thread.join(60)
