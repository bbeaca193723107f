"""Routes under /_sim/cloud: all servers, faults, settings, and actions at the provider's console.

The control page, the demo and tests use these routes. They need no token, because the simulator
listens on loopback only.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from pydantic import TypeAdapter, ValidationError
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from slipway.simulators.cloud.cloud import Cloud
from slipway.simulators.cloud.entities import Origin, Server
from slipway.simulators.cloud.faults import Fault, Operation
from slipway.simulators.cloud.problems import Problem
from slipway.simulators.cloud.settings import CloudSettings

_FAULT, _SETTINGS = TypeAdapter(Fault), TypeAdapter(CloudSettings)


def routes(cloud: Cloud) -> list[Route]:
    door = _Door(cloud)
    return [
        Route("/_sim/cloud", door.state, methods=["GET"]),
        Route("/_sim/cloud/faults", door.faults, methods=["GET"]),
        Route("/_sim/cloud/faults", door.arm, methods=["POST"]),
        Route("/_sim/cloud/faults", door.disarm, methods=["DELETE"]),
        Route("/_sim/cloud/faults/{id:int}", door.disarm, methods=["DELETE"]),
        Route("/_sim/cloud/settings", door.change_settings, methods=["PUT"]),
        Route("/_sim/cloud/servers/{id:int}", door.delete, methods=["DELETE"]),
        Route("/_sim/cloud/servers/{id:int}/{power}", door.switch, methods=["POST"]),
    ]


class _Door:
    def __init__(self, cloud: Cloud) -> None:
        self._cloud = cloud

    async def state(self, _: Request) -> Response:
        """Returns every server that ever existed."""
        self._cloud.settle()
        servers = [_shown(one) for one in self._cloud.servers.values()]
        keys = [{"name": k.name, "project": k.project} for k in self._cloud.ssh_keys.values()]
        faults = self._cloud.faults.describe()
        return JSONResponse({"servers": servers, "ssh_keys": keys, "faults": faults})

    async def faults(self, _: Request) -> Response:
        return JSONResponse({"faults": self._cloud.faults.describe()})

    async def arm(self, request: Request) -> Response:
        """Arms a Fault given as JSON: {"kind": "lost_reply", "operation": "create", "count": 1}."""
        fault = await _read(request, _FAULT.validate_python)
        return JSONResponse({"id": self._cloud.faults.arm(fault)}, 201)

    async def disarm(self, request: Request) -> Response:
        self._cloud.faults.disarm(request.path_params.get("id"))
        return Response(status_code=204)

    async def change_settings(self, request: Request) -> Response:
        """Changes the given fields of CloudSettings. All other fields keep their values."""
        old = self._cloud.settings
        new = await _read(
            request, lambda given: _SETTINGS.validate_python({**_as_dict(old), **given})
        )
        self._cloud.settings = replace(new)
        shown = {k: v for k, v in _as_dict(new).items() if k != "tokens"}
        return JSONResponse(shown)

    async def delete(self, request: Request) -> Response:
        """Deletes a server as at the provider's console, ignoring delete protection and faults."""
        self._cloud.delete_server(self._server(request), Origin.CONSOLE)
        return Response(status_code=202)

    async def switch(self, request: Request) -> Response:
        wanted = request.path_params["power"]
        if wanted not in {Operation.POWER_ON.value, Operation.POWER_OFF.value}:
            raise Problem("not_found", "poweron or poweroff")
        self._cloud.switch(self._server(request), Operation(wanted), Origin.CONSOLE)
        return Response(status_code=202)

    def _server(self, request: Request) -> Server:
        self._cloud.settle()
        server = self._cloud.servers.get(request.path_params["id"])
        if server is None or not server.exists:
            raise Problem("not_found", "no such server")
        return server


async def _read(request: Request, parse: Callable[[Any], Any]) -> Any:
    try:
        return parse(await request.json())
    except (ValidationError, ValueError, TypeError) as refused:
        raise Problem("invalid_input", str(refused)) from refused


def _as_dict(settings: CloudSettings) -> dict[str, Any]:
    return {name: getattr(settings, name) for name in CloudSettings.__dataclass_fields__}


def _shown(one: Server) -> dict[str, Any]:
    return {
        "id": one.id,
        "project": one.project,
        "name": one.name,
        "labels": one.labels,
        "status": one.status.value if one.exists else "gone",
        "location": one.location.name,
        "type": one.type.name,
        "ipv4": one.ipv4,
        "created_at": one.created_at.isoformat(),
        "ready_at": one.ready_at.isoformat() if one.ready_at else None,
        "power": [{"at": p.at.isoformat(), "on": p.on, "by": p.by.value} for p in one.power],
        "delete_asked_at": one.delete_asked_at.isoformat() if one.delete_asked_at else None,
        "deleted_at": one.deleted_at.isoformat() if one.deleted_at else None,
        "deleted_by": one.deleted_by,
    }
