"""The part of the Hetzner Cloud API v1 that Slipway uses, under /v1, and the admin routes."""

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Mount, Route

from slipway.simulators.cloud import admin
from slipway.simulators.cloud.api import serializers
from slipway.simulators.cloud.api.create_request import checked_name, create_request
from slipway.simulators.cloud.api.label_selectors import checked_labels, matches
from slipway.simulators.cloud.api.middleware import ApiGateway
from slipway.simulators.cloud.catalog import IMAGES, LOCATIONS, SERVER_TYPES
from slipway.simulators.cloud.cloud import Cloud
from slipway.simulators.cloud.faults import Operation
from slipway.simulators.cloud.problems import Problem

T = TypeVar("T")
_PER_PAGE, _MOST_PER_PAGE = 25, 50
_CATALOG: dict[str, Sequence[serializers.Json]] = {
    "locations": [serializers.location(one) for one in LOCATIONS],
    "server_types": [serializers.server_type(one) for one in SERVER_TYPES],
    "images": [serializers.image(one) for one in IMAGES],
}
_SWITCHES = {
    one.value: one for one in (Operation.POWER_ON, Operation.POWER_OFF, Operation.SHUTDOWN)
}


def build_app(cloud: Cloud) -> Starlette:
    """Returns the application.

    It serves `/v1` for clients, and `/_sim/cloud` for the page and tests.
    """
    api = _Api(cloud)
    routes = [
        Route("/servers", api.list_servers, methods=["GET"]),
        Route("/servers", api.create_server, methods=["POST"]),
        Route("/servers/{id:int}", api.get_server, methods=["GET"]),
        Route("/servers/{id:int}", api.change_server, methods=["PUT"]),
        Route("/servers/{id:int}", api.delete_server, methods=["DELETE"]),
        Route("/servers/{id:int}/actions", api.list_actions, methods=["GET"]),
        Route("/servers/{id:int}/actions/{command}", api.act, methods=["POST"]),
        Route("/servers/actions", api.list_actions, methods=["GET"]),
        Route("/actions", api.list_actions, methods=["GET"]),
        Route("/actions/{id:int}", api.get_action, methods=["GET"]),
        Route("/servers/actions/{id:int}", api.get_action, methods=["GET"]),
        Route("/ssh_keys", api.list_ssh_keys, methods=["GET"]),
        Route("/ssh_keys", api.add_ssh_key, methods=["POST"]),
        Route("/ssh_keys/{id:int}", api.get_ssh_key, methods=["GET"]),
        Route("/ssh_keys/{id:int}", api.delete_ssh_key, methods=["DELETE"]),
        Route("/{kind}", api.list_catalog, methods=["GET"]),
        Route("/{kind}/{id:int}", api.get_catalog, methods=["GET"]),
    ]
    inner = Starlette(routes=routes, exception_handlers={Problem: _refused, 404: _nothing})
    return Starlette(
        routes=[
            Mount(
                "/v1",
                Starlette(routes=[Mount("/", inner)], middleware=[Middleware(ApiGateway, cloud)]),
            ),
            *admin.routes(cloud),
        ],
        exception_handlers={Problem: _refused},
    )


class _Api:
    def __init__(self, cloud: Cloud) -> None:
        self._cloud = cloud

    async def list_servers(self, request: Request) -> Response:
        self._cloud.settle()
        query = request.query_params
        wanted = set(query.getlist("status"))
        found = [
            one
            for one in self._cloud.listed(request.state.project)
            if query.get("name") in {None, one.name}
            and (not wanted or one.status in wanted)
            and matches(query.get("label_selector"), one.labels)
        ]
        return _page(request, "servers", found, serializers.server)

    async def create_server(self, request: Request) -> Response:
        body = await _body(request)
        self._cloud.settle()
        self._check_ssh_keys(request, body)
        server, actions = self._cloud.create_server(request.state.project, create_request(body))
        now = self._cloud.clock()
        answer = {
            "server": serializers.server(server),
            "action": serializers.action(actions[0], now),
            "next_actions": [serializers.action(one, now) for one in actions[1:]],
            "root_password": None if body.get("ssh_keys") else "made-up-and-useless",
        }
        return JSONResponse(answer, 201)

    async def get_server(self, request: Request) -> Response:
        self._cloud.settle()
        shown = self._cloud.shown(request.state.project, request.path_params["id"])
        return JSONResponse({"server": serializers.server(shown)})

    async def change_server(self, request: Request) -> Response:
        body = await _body(request)
        server = self._server(request)
        if "labels" in body:
            server.labels = checked_labels(body["labels"])
        if "name" in body:
            self._cloud.rename(server, checked_name(body["name"]))
        return JSONResponse({"server": serializers.server(server)})

    async def delete_server(self, request: Request) -> Response:
        action = self._cloud.delete_server(self._server(request))
        return JSONResponse({"action": serializers.action(action, self._cloud.clock())})

    async def act(self, request: Request) -> Response:
        command, server = request.path_params["command"], self._server(request)
        if command == "change_protection":
            body = await _body(request)
            action = self._cloud.protect(server, delete=bool(body.get("delete", server.protected)))
        elif command in _SWITCHES:
            action = self._cloud.switch(server, _SWITCHES[command])
        else:
            raise Problem("not_found", f"this cloud does not know the action {command}")
        return JSONResponse({"action": serializers.action(action, self._cloud.clock())}, 201)

    async def list_actions(self, request: Request) -> Response:
        """Lists the actions with the given ids, or the actions of one server.

        Like the real API, it cannot list all actions.
        """
        self._cloud.settle()
        query, server_id = request.query_params, request.path_params.get("id")
        ids, statuses = set(query.getlist("id")), set(query.getlist("status"))
        if server_id is None and not ids:
            raise Problem("invalid_input", "the actions' ids are missing: ?id=1&id=2")
        found = [
            one
            for one in self._cloud.actions.values()
            if one.project == request.state.project
            and server_id in {None, one.server_id}
            and (not ids or str(one.id) in ids)
            and (not statuses or one.status in statuses)
        ]
        now = self._cloud.clock()
        return _page(request, "actions", found, lambda one: serializers.action(one, now))

    async def get_action(self, request: Request) -> Response:
        self._cloud.settle()
        action = self._cloud.actions.get(request.path_params["id"])
        if action is None or action.project != request.state.project:
            raise Problem("not_found", "action not found")
        return JSONResponse({"action": serializers.action(action, self._cloud.clock())})

    async def list_ssh_keys(self, request: Request) -> Response:
        query = request.query_params
        found = [
            one
            for one in self._cloud.ssh_keys.values()
            if one.project == request.state.project
            and query.get("name") in {None, one.name}
            and query.get("fingerprint") in {None, one.fingerprint}
            and matches(query.get("label_selector"), one.labels)
        ]
        return _page(request, "ssh_keys", found, serializers.ssh_key)

    async def add_ssh_key(self, request: Request) -> Response:
        body = await _body(request)
        labels = checked_labels(body.get("labels"))
        key = self._cloud.add_ssh_key(request.state.project, body, labels)
        return JSONResponse({"ssh_key": serializers.ssh_key(key)}, 201)

    async def get_ssh_key(self, request: Request) -> Response:
        key = self._cloud.ssh_key(request.state.project, request.path_params["id"])
        return JSONResponse({"ssh_key": serializers.ssh_key(key)})

    async def delete_ssh_key(self, request: Request) -> Response:
        key = self._cloud.ssh_key(request.state.project, request.path_params["id"])
        del self._cloud.ssh_keys[key.id]
        return Response(status_code=204)

    async def list_catalog(self, request: Request) -> Response:
        kind, query = request.path_params["kind"], request.query_params
        found = [
            one
            for one in _offered(kind)
            if query.get("name") in {None, one["name"]}
            and query.get("architecture") in {None, one.get("architecture")}
        ]
        return _page(request, kind, found, lambda one: one)

    async def get_catalog(self, request: Request) -> Response:
        kind, id_ = request.path_params["kind"], request.path_params["id"]
        found = next((one for one in _offered(kind) if one["id"] == id_), None)
        if found is None:
            raise Problem("not_found", f"{kind} {id_} not found")
        return JSONResponse({kind.removesuffix("s"): found})

    def _server(self, request: Request) -> Any:
        self._cloud.settle()
        return self._cloud.server(request.state.project, request.path_params["id"])

    def _check_ssh_keys(self, request: Request, body: dict[str, Any]) -> None:
        mine = [k for k in self._cloud.ssh_keys.values() if k.project == request.state.project]
        known = {str(key.id) for key in mine} | {key.name for key in mine}
        for wanted in body.get("ssh_keys") or []:
            if str(wanted) not in known:
                raise Problem("invalid_input", f"SSH key {wanted} not found")


def _offered(kind: str) -> Sequence[serializers.Json]:
    if kind not in _CATALOG:
        raise Problem("not_found", f"this cloud has no /{kind}")
    return _CATALOG[kind]


async def _body(request: Request) -> dict[str, Any]:
    try:
        body = await request.json()
    except ValueError:
        body = None
    if not isinstance(body, dict):
        raise Problem("invalid_input", "the body is no JSON object")
    return body


def _page(
    request: Request, name: str, found: Sequence[T], shown: Callable[[T], serializers.Json]
) -> Response:
    query = request.query_params
    try:
        page, per_page = int(query.get("page", 1)), int(query.get("per_page", _PER_PAGE))
    except ValueError:
        raise Problem("invalid_input", "page and per_page are numbers") from None
    page, per_page = max(1, page), min(_MOST_PER_PAGE, max(1, per_page))
    last = max(1, -(-len(found) // per_page))
    pagination = {
        "page": page,
        "per_page": per_page,
        "previous_page": page - 1 if page > 1 else None,
        "next_page": page + 1 if page < last else None,
        "last_page": last,
        "total_entries": len(found),
    }
    rows = [shown(one) for one in found[(page - 1) * per_page : page * per_page]]
    return JSONResponse({name: rows, "meta": {"pagination": pagination}})


async def _refused(_: Request, problem: Exception) -> Response:
    if not isinstance(problem, Problem):
        raise problem
    return JSONResponse(serializers.problem(problem.code, problem.message), problem.status)


async def _nothing(request: Request, _: Exception) -> Response:
    return JSONResponse(serializers.problem("not_found", f"nothing at {request.url.path}"), 404)
