"""Serves the simulated environment on one port: each API at its path, the page, the admin routes.

Use it as `async with serve(SimulatedEnvironment(...)) as served:`.
"""

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass
from typing import Any

import uvicorn
from fastapi import FastAPI

from slipway.simulators import cloud
from slipway.simulators.environment import SimulatedEnvironment
from slipway.simulators.ghl.admin.routes import build_admin
from slipway.simulators.ghl.api.routes import build_api
from slipway.simulators.inboxes.admin import build_inbox_admin
from slipway.simulators.inboxes.mail import serve_mail
from slipway.simulators.inboxes.slack import PATH as SLACK_PATH
from slipway.simulators.inboxes.slack import build_slack
from slipway.simulators.page.pages import build_page

_GHL = "/ghl"


@dataclass(frozen=True)
class Served:
    """The addresses of the running simulators."""

    url: str
    smtp_host: str
    smtp_port: int

    @property
    def ghl_url(self) -> str:
        """Returns the URL that replaces `https://services.leadconnectorhq.com`."""
        return f"{self.url}{_GHL}"

    @property
    def cloud_url(self) -> str:
        """Returns the URL that replaces `https://api.hetzner.cloud/v1`."""
        return f"{self.url}/v1"

    @property
    def slack_url(self) -> str:
        return f"{self.url}{SLACK_PATH}"


def build_app(simulated: SimulatedEnvironment) -> FastAPI:
    """Returns an application with the page at `/`, the admin routes under `/_sim`, and the APIs."""
    app = FastAPI(title="Simulated environment of Slipway", docs_url="/_sim/docs", redoc_url=None)

    @app.get("/_sim/ledger")
    async def ledger() -> dict[str, Any]:
        found = simulated.judgement()
        servers = simulated.cloud.servers.values()
        return {
            "lost": len(found.lost),
            "doubled": len(found.doubled),
            "wrongly_destroyed": len(found.wrongly_destroyed),
            "servers_created": len(servers),
            "servers_deleted": sum(one.delete_asked_at is not None for one in servers),
            "subscriptions": len(simulated.ghl.records.subscriptions),
            "findings": asdict(found),
        }

    app.include_router(build_admin(simulated.ghl))
    app.include_router(build_inbox_admin("slack", simulated.slack))
    app.include_router(build_inbox_admin("mail", simulated.mail))
    app.include_router(build_page(simulated))
    app.mount(_GHL, build_api(simulated.ghl))
    app.mount("/services", build_slack(simulated.slack))
    # Mounted last, because it handles all other paths: `/v1` and its own `/_sim/cloud`.
    app.mount("/", cloud.build_app(simulated.cloud))
    return app


def listen(host: str, port: int) -> socket.socket:
    # asyncio turns Nagle's algorithm off only if the protocol is given. Otherwise each small answer
    # waits 40 ms for an acknowledgement (measured: 21 requests/s instead of 370).
    listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listening.bind((host, port))
    listening.listen(1024)
    return listening


@asynccontextmanager
async def serve(
    simulated: SimulatedEnvironment, *, host: str = "127.0.0.1", port: int = 0, smtp_port: int = 0
) -> AsyncIterator[Served]:
    """Serves all simulators on one port until the `async with` block ends, then closes them."""
    listening = listen(host, port)
    config = uvicorn.Config(
        build_app(simulated),
        access_log=False,
        # Faults close connections on purpose, and uvicorn would log each as an error.
        log_level="critical",
        lifespan="off",
        timeout_graceful_shutdown=1,
    )
    server = uvicorn.Server(config)
    server.capture_signals = contextlib.nullcontext  # type: ignore[method-assign, assignment]
    serving = asyncio.create_task(server.serve(sockets=[listening]))
    try:
        async with serve_mail(simulated.mail, host, smtp_port) as mail_port:
            yield Served(f"http://{host}:{listening.getsockname()[1]}", host, mail_port)
    finally:
        server.should_exit = True
        await serving
        await simulated.close()
