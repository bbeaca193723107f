"""ASGI middleware that checks every API request: outage, token, rate limit, faults.

The sequence of the checks is that of a real gateway. A request that is refused by a later check
still counts for the rate limit.
"""

from dataclasses import dataclass
from datetime import datetime

from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from slipway.simulators.cloud.api import serializers
from slipway.simulators.cloud.cloud import Cloud
from slipway.simulators.cloud.faults import FaultKind, Operation
from slipway.simulators.cloud.problems import Problem

_STRANGER = "the-other-project"
_ACTIONS = {"poweron": Operation.POWER_ON, "poweroff": Operation.POWER_OFF}
_ACTIONS["shutdown"] = Operation.SHUTDOWN


@dataclass
class _Bucket:
    left: float
    at: datetime


class ApiGateway:
    """Checks each request, and stores the token's project in the request's state."""

    def __init__(self, app: ASGIApp, cloud: Cloud) -> None:
        self._app, self._cloud = app, cloud
        self._buckets: dict[str, _Bucket] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        faults, doing = self._cloud.faults, operation_of(scope["method"], scope["path"])
        if slow := faults.take(FaultKind.SLOW, doing):
            # The request is carried out even if its sender disconnects in the meantime.
            receive = await _arrived(receive)
            await self._cloud.delays.hold(slow.seconds)
        if faults.take(FaultKind.DOWN, doing):
            await _cut(receive, send)
            return
        limits: dict[str, str] = {}
        try:
            project = self._project(scope, doing)
            limits = self._spend(project, doing)
            self._refuse(doing)
        except Problem as refused:
            body = serializers.problem(refused.code, refused.message)
            headers = refused.headers if isinstance(refused, _Limited) else limits
            await JSONResponse(body, refused.status, headers)(scope, receive, send)
            return
        scope.setdefault("state", {})["project"] = project
        await self._work(doing, scope, receive, _with_headers(send, limits))

    def _project(self, scope: Scope, doing: Operation) -> str:
        sent = dict(scope["headers"]).get(b"authorization", b"").decode("latin-1")
        scheme, _, token = sent.partition(" ")
        project = self._cloud.settings.tokens.get(token) if scheme == "Bearer" else None
        if project is None or self._cloud.faults.take(FaultKind.TOKEN_REVOKED, doing):
            raise Problem("unauthorized", "unable to authenticate")
        writes = doing not in {Operation.GET, Operation.LIST} and scope["method"] != "GET"
        if writes and self._cloud.faults.take(FaultKind.TOKEN_READONLY, doing):
            raise Problem("token_readonly", "token is only allowed to perform GET requests")
        swapped = self._cloud.faults.take(FaultKind.TOKEN_SWAPPED, doing)
        return _STRANGER if swapped else project

    def _spend(self, project: str, doing: Operation) -> dict[str, str]:
        """Counts the request and returns the rate-limit headers. Raises _Limited above the limit.

        The token bucket refills by one every 3600/n seconds.
        """
        now, most = self._cloud.clock(), self._cloud.settings.requests_per_hour
        if most <= 0:
            return {}
        bucket = self._buckets.setdefault(project, _Bucket(most, now))
        filled = bucket.left + (now - bucket.at).total_seconds() * most / 3600
        bucket.left, bucket.at = min(most, filled), now
        limited = self._cloud.faults.take(FaultKind.RATE_LIMITED, doing)
        is_over = bucket.left < 1 or limited is not None
        bucket.left = bucket.left if is_over else bucket.left - 1
        reset = now.timestamp() + (most - bucket.left) * 3600 / most
        headers = {
            "RateLimit-Limit": str(most),
            "RateLimit-Remaining": "0" if is_over else str(int(bucket.left)),
            "RateLimit-Reset": str(int(reset)),
        }
        if limited is not None:
            headers["RateLimit-Reset"] = str(int(now.timestamp() + limited.seconds))
            headers["Retry-After"] = str(int(limited.seconds))
        if is_over:
            raise _Limited(headers)
        return headers

    def _refuse(self, doing: Operation) -> None:
        if self._cloud.faults.take(FaultKind.SERVER_ERROR, doing):
            raise Problem("unavailable", "service is unavailable")
        creates = doing is Operation.CREATE  # the cloud refuses it, because it knows the location
        refused = None if creates else self._cloud.faults.take(FaultKind.REFUSED, doing)
        if refused is not None:
            raise Problem(refused.code, refused.message, refused.status)
        touches = {Operation.DELETE, *_ACTIONS.values()}
        if doing in touches and self._cloud.faults.take(FaultKind.LOCKED, doing):
            raise Problem("locked", "server is locked")

    async def _work(self, doing: Operation, scope: Scope, receive: Receive, send: Send) -> None:
        """Carries out the request. An armed fault replaces, breaks or suppresses the answer."""
        faults = self._cloud.faults
        if refused := faults.take(FaultKind.REFUSED_AFTER_WORK, doing):
            await self._app(scope, receive, _discard)
            body = serializers.problem(refused.code, refused.message)
            await JSONResponse(body, refused.status)(scope, receive, send)
            return
        for kind in (FaultKind.LOST_REPLY, FaultKind.ERROR_AFTER_WORK, FaultKind.BROKEN_BODY):
            if faults.take(kind, doing):
                await self._spoil(kind, scope, receive, send)
                return
        await self._app(scope, receive, send)

    async def _spoil(self, kind: FaultKind, scope: Scope, receive: Receive, send: Send) -> None:
        kept: list[Message] = []

        async def keep(message: Message) -> None:
            kept.append(message)

        await self._app(scope, receive, keep)
        if kind is FaultKind.LOST_REPLY:
            await _cut(receive, send)
        elif kind is FaultKind.ERROR_AFTER_WORK:
            answer: Response = HTMLResponse("<h1>503 Service Unavailable</h1>", 503)
            await answer(scope, receive, send)
        else:
            body = b"".join(one.get("body", b"") for one in kept[1:])
            await Response(
                body[: len(body) // 2], kept[0]["status"], media_type="application/json"
            )(scope, receive, send)


async def _discard(_: Message) -> None:
    """Swallows an answer."""


class _Limited(Problem):
    def __init__(self, headers: dict[str, str]) -> None:
        super().__init__("rate_limit_exceeded", "limit of requests per hour reached")
        self.headers = headers


def operation_of(method: str, path: str) -> Operation:
    """Returns the operation of a request. Faults are armed for an operation."""
    parts = path.rstrip("/").split("/")
    is_servers = "servers" in parts
    if is_servers and method == "POST":
        return _ACTIONS.get(
            parts[-1], Operation.CREATE if parts[-1] == "servers" else Operation.OTHER
        )
    if is_servers and method == "DELETE":
        return Operation.DELETE
    if is_servers and method == "GET" and "actions" not in parts:
        return Operation.LIST if parts[-1] == "servers" else Operation.GET
    return Operation.OTHER


async def _arrived(receive: Receive) -> Receive:
    """Reads the whole request immediately, and returns a `receive` that replays it."""
    messages = [await receive()]
    while messages[-1].get("more_body"):
        messages.append(await receive())

    async def again() -> Message:
        return messages.pop(0) if messages else await receive()

    return again


async def _cut(receive: Receive, send: Send) -> None:
    """Closes the connection without sending a byte.

    ASGI has no function for this, so the code uses uvicorn's transport. Without that transport, the
    code announces a body and sends none, which also breaks the connection.
    """
    transport = getattr(getattr(receive, "__self__", None), "transport", None)
    if transport is None:
        headers = [(b"content-length", b"1000")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        return
    transport.abort()
    while (await receive())["type"] != "http.disconnect":
        pass


def _with_headers(send: Send, headers: dict[str, str]) -> Send:
    raw = [(name.lower().encode(), value.encode()) for name, value in headers.items()]

    async def sending(message: Message) -> None:
        if message["type"] == "http.response.start":
            message = {**message, "headers": [*message.get("headers", []), *raw]}
        await send(message)

    return sending
