"""Hetzner Cloud through its own client, `hcloud`, in threads; one instance for each account.

Rules of its error codes: facts of the provider (`resource_unavailable` is capacity, any 5xx or
unreadable answer to a write may have worked). The client's own retries are off: ours are events.
"""

import asyncio
import base64
import hashlib
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from typing import Any, TypeVar

import requests
from hcloud import APIException, Client
from hcloud.images import Image
from hcloud.locations import Location
from hcloud.server_types import ServerType
from hcloud.servers import BoundServer
from hcloud.servers import Server as ServerDomain
from hcloud.ssh_keys import SSHKey
from urllib3.exceptions import NewConnectionError

from slipway.contracts.vps import Fault, FaultKind, FaultScope, Spec
from slipway.provisioner.drivers.budget import Budget
from slipway.provisioner.drivers.fence import FencedAdapter, TooLate, not_after
from slipway.provisioner.ports import (
    Called,
    CloudProblem,
    OutcomeUnknown,
    Refused,
    Server,
    Taken,
    TryLater,
)
from slipway.provisioner.sightings import Outcome
from slipway.provisioner.state import Power

T = TypeVar("T")

_TIMEOUT_SECONDS = (3.0, 10.0)
_PAGE = 50

_KINDS = {
    "unauthorized": (FaultKind.AUTH, FaultScope.ACCOUNT),
    "token_readonly": (FaultKind.AUTH, FaultScope.ACCOUNT),
    "forbidden": (FaultKind.AUTH, FaultScope.ACCOUNT),
    "rate_limit_exceeded": (FaultKind.RATE_LIMITED, FaultScope.ACCOUNT),
    "resource_unavailable": (FaultKind.CAPACITY, FaultScope.OPERATION),
    "placement_error": (FaultKind.CAPACITY, FaultScope.OPERATION),
    "resource_limit_exceeded": (FaultKind.QUOTA, FaultScope.OPERATION),
    "uniqueness_error": (FaultKind.CONFLICT, FaultScope.OPERATION),
    "conflict": (FaultKind.TRANSIENT, FaultScope.OPERATION),
    "locked": (FaultKind.TRANSIENT, FaultScope.OPERATION),
    "invalid_input": (FaultKind.REJECTED, FaultScope.OPERATION),
    "protected": (FaultKind.REJECTED, FaultScope.OPERATION),
    "maintenance": (FaultKind.TRANSIENT, FaultScope.ACCOUNT),
}
_LATER = {FaultKind.TRANSIENT, FaultKind.RATE_LIMITED, FaultKind.CAPACITY, FaultKind.QUOTA}
_POWER = {
    ServerDomain.STATUS_RUNNING: Power.ON,
    ServerDomain.STATUS_OFF: Power.OFF,
}


class Hetzner:
    settle = timedelta(seconds=30)

    def __init__(
        self, token: str, endpoint: str, *, settle_seconds: float = 30.0, connections: int = 32
    ) -> None:
        self.settle = timedelta(seconds=settle_seconds)
        self._client = Client(token, api_endpoint=endpoint, timeout=_TIMEOUT_SECONDS)
        inner = self._client._client  # noqa: SLF001 - the client offers no other way to say it
        inner._retry_max_retries = 0  # noqa: SLF001
        session: requests.Session = inner._session  # noqa: SLF001
        session.trust_env = False
        adapter = FencedAdapter(pool_connections=4, pool_maxsize=connections)
        session.mount("http://", adapter)
        session.mount("https://", adapter)
        self._budget = Budget(time.monotonic)
        session.hooks["response"].append(lambda answer, **_: self._budget.note(answer.headers))

    def budget_seconds(self) -> float:
        return self._budget.wait_seconds()

    async def create(self, spec: Spec, called: Called, region: str, deadline: float) -> Taken:
        def call() -> Taken:
            made = self._client.servers.create(
                name=called.name,
                server_type=ServerType(name=spec.size),
                image=Image(name=spec.image),
                location=Location(name=region),
                ssh_keys=[SSHKey(name=name) for name in spec.ssh_keys],
                user_data=spec.cloud_init or None,
                labels=dict(called.labels),
            )
            actions = [made.action, *made.next_actions]
            return Taken(str(made.server.id), tuple(str(action.id) for action in actions))

        return await self._write(call, deadline)

    async def power_off(self, provider_id: str, deadline: float) -> Taken:
        return await self._act(self._client.servers.power_off, provider_id, deadline)

    async def power_on(self, provider_id: str, deadline: float) -> Taken:
        return await self._act(self._client.servers.power_on, provider_id, deadline)

    async def delete(self, provider_id: str, expect: Mapping[str, str], deadline: float) -> Taken:
        found = await self.get(provider_id)
        if found is None:
            return Taken(provider_id)  # `worker` believes it once the account is proven
        if not carries(found.labels, expect):
            raise Refused(_fault("labels-changed", "The server carries other labels than ours."))
        return await self._act(self._client.servers.delete, provider_id, deadline)

    async def adopt(self, provider_id: str, called: Called, deadline: float) -> Taken:
        def call() -> Taken:
            server = ServerDomain(id=int(provider_id))
            self._client.servers.update(server, labels=dict(called.labels))
            return Taken(provider_id)

        return await self._write(call, deadline)

    async def get(self, provider_id: str) -> Server | None:
        def call() -> Server | None:
            try:
                return _server(self._client.servers.get_by_id(int(provider_id)))
            except APIException as error:
                if error.code == "not_found":
                    return None
                raise

        return await self._read(call)

    async def find(self, called: Called) -> Sequence[Server]:
        selector = ",".join(f"{name}={value}" for name, value in called.labels.items())

        def call() -> list[Server]:
            found = self._client.servers.get_list(label_selector=selector, per_page=_PAGE)
            return [_server(one) for one in found.servers]

        return await self._read(call)

    async def outcome(self, action_ids: Sequence[str]) -> Outcome:
        def call() -> Outcome:
            states = [self._client.actions.get_by_id(int(id_)).status for id_ in action_ids]
            if "error" in states:
                return Outcome.FAILED
            return Outcome.RUNNING if "running" in states else Outcome.DONE

        return Outcome.DONE if not action_ids else await self._read(call)

    async def inventory(self, labels: Mapping[str, str]) -> Sequence[Server]:
        selector = ",".join(f"{name}={value}" for name, value in labels.items())

        def call() -> list[Server]:
            # get_all pages to the end and raises if one page fails: never a short list.
            return [_server(one) for one in self._client.servers.get_all(label_selector=selector)]

        return await self._read(call)

    async def prove(self, sentinel: str) -> bool:
        def call() -> bool:
            return self._client.ssh_keys.get_by_name(sentinel) is not None

        return await self._read(call)

    async def plant(self, sentinel: str) -> None:
        def call() -> None:
            try:
                self._client.ssh_keys.create(name=sentinel, public_key=_public_key(sentinel))
            except APIException as error:
                if error.code != "uniqueness_error":
                    raise

        await self._read(call)

    async def _act(
        self, call: Callable[[ServerDomain], Any], provider_id: str, deadline: float
    ) -> Taken:
        def act() -> Taken:
            action = call(ServerDomain(id=int(provider_id)))
            return Taken(provider_id, (str(action.id),))

        return await self._write(act, deadline)

    async def _write(self, call: Callable[[], T], deadline: float) -> T:
        def fenced() -> T:
            with not_after(deadline):
                return call()

        return await self._run(fenced, writes=True)

    async def _read(self, call: Callable[[], T]) -> T:
        return await self._run(call, writes=False)

    async def _run(self, call: Callable[[], T], *, writes: bool) -> T:
        try:
            return await asyncio.to_thread(call)
        except TooLate as error:
            raise TryLater(_fault("too_late", "It would have gone out too late.")) from error
        except APIException as error:
            problem = problem_of(error, writes=writes)
            if problem.fault.kind is FaultKind.RATE_LIMITED:
                self._budget.empty()
            raise problem from error
        except (requests.RequestException, ValueError, KeyError, TypeError) as error:
            raise _unanswered(error, writes=writes) from error


def carries(labels: Mapping[str, str], expected: Mapping[str, str]) -> bool:
    return all(labels.get(name) == value for name, value in expected.items())


def problem_of(error: APIException, *, writes: bool) -> CloudProblem:
    """By code and operation, never by HTTP status alone."""
    code = str(error.code)
    kind, scope = _KINDS.get(code, (None, FaultScope.OPERATION))
    if kind is None:
        server_side = not isinstance(error.code, int) or error.code >= 500 or error.code < 400
        if not server_side and error.code not in {401, 403, 408}:
            kind = FaultKind.REJECTED
        elif error.code in {401, 403}:
            kind, scope = FaultKind.AUTH, FaultScope.ACCOUNT
        elif writes:
            return OutcomeUnknown(_fault(code, "The provider failed.", FaultKind.OUTCOME_UNKNOWN))
        else:
            kind, scope = FaultKind.TRANSIENT, FaultScope.ACCOUNT
    fault = Fault(kind=kind, scope=scope, code=code, message=_sentence(error.message))
    return TryLater(fault) if kind in _LATER else Refused(fault)


def _sentence(message: object) -> str:
    text = str(message or "no word").strip()[:200]
    return text[:1].upper() + text[1:]


def _unanswered(error: Exception, *, writes: bool) -> CloudProblem:
    """No answer, or one that can't be read; only a refused connection is surely nothing sent."""
    refused = isinstance(error, requests.ConnectionError) and "NewConnectionError" in repr(error)
    refused = refused or isinstance(error.__cause__, NewConnectionError)
    refused = refused or isinstance(error, requests.ConnectTimeout)
    if refused or not writes:
        fault = Fault(
            kind=FaultKind.TRANSIENT,
            scope=FaultScope.ACCOUNT,
            code=type(error).__name__,
            message="The provider does not answer.",
            sent=not refused,
        )
        return TryLater(fault)
    text = "The provider's answer got lost."
    return OutcomeUnknown(_fault(type(error).__name__, text, FaultKind.OUTCOME_UNKNOWN))


def _fault(code: str, message: str, kind: FaultKind = FaultKind.REJECTED) -> Fault:
    if code == "too_late":
        return Fault(kind=FaultKind.TRANSIENT, code=code, message=message, sent=False)
    return Fault(kind=kind, code=code, message=message)


def _server(bound: BoundServer) -> Server:
    net = bound.public_net
    return Server(
        provider_id=str(bound.id),
        name=str(bound.name),
        labels=dict(bound.labels or {}),
        alive=bound.status != ServerDomain.STATUS_DELETING,
        power=_POWER.get(str(bound.status), Power.UNKNOWN),
        ipv4=net.ipv4.ip if net and net.ipv4 else None,
        ipv6=net.ipv6.ip if net and net.ipv6 else None,
        region=bound.location.name if bound.location else None,
    )


def _public_key(name: str) -> str:
    """A key nobody holds the other half of: it is there to be seen."""
    digest = hashlib.sha256(name.encode()).digest()
    head = b"\x00\x00\x00\x0bssh-ed25519\x00\x00\x00\x20"
    return f"ssh-ed25519 {base64.b64encode(head + digest).decode()} {name}"
