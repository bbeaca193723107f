"""The endpoint for the kill buttons of the control page: `GET /processes`, `POST /processes/x`."""

from collections.abc import Mapping, Sequence

from fastapi import FastAPI, HTTPException
from slipway.telemetry.process import serve_http

from demo.processes import Process


async def serve_kill_endpoint(
    processes: Mapping[str, Process], port: int, killable: Sequence[str]
) -> None:
    """Serves on loopback until cancelled."""
    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)

    @app.get("/processes")
    async def names() -> dict[str, list[str]]:
        return {"processes": list(killable)}

    @app.post("/processes/{name}")
    async def kill(name: str) -> dict[str, str]:
        if name not in killable or name not in processes:
            raise HTTPException(404, f"no process {name}")
        processes[name].kill()
        return {"killed": name}

    await serve_http(app, host="127.0.0.1", port=port)
