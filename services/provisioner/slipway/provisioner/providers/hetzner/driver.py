"""Hetzner Cloud through its own client, `hcloud`, in threads; one instance for each account.

`hetzner_errors` says what its errors mean. The client's own retries are off: ours are events.
"""

import asyncio
import base64
import hashlib
import threading
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
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

from slipway.contracts.vps import Fault, FaultKind, Spec
from slipway.provisioner.providers.deadline import FencedAdapter, not_after
from slipway.provisioner.providers.driver import Called, OutcomeUnknown, Refused, Server, Taken
from slipway.provisioner.providers.hetzner.errors import Heard, heard, problem_of
from slipway.provisioner.providers.rate_limit import Budget
from slipway.provisioner.vps.naming import INSTALLATION, VPS
from slipway.provisioner.vps.state import Outcome, Power
from slipway.telemetry import metrics

T = TypeVar("T")

_CONNECT_SECONDS = 3.0
_CONNECTIONS = 32
_LIST_SECONDS = 120.0
"""For the list of everything: some two hundred pages."""
_POWER = {
    ServerDomain.STATUS_RUNNING: Power.ON,
    ServerDomain.STATUS_OFF: Power.OFF,
}
_CHANGING = [
    ServerDomain.STATUS_INIT,
    ServerDomain.STATUS_STARTING,
    ServerDomain.STATUS_STOPPING,
    ServerDomain.STATUS_DELETING,
    ServerDomain.STATUS_MIGRATING,
    ServerDomain.STATUS_REBUILDING,
]


class Hetzner:
    settle = timedelta(seconds=30)

    def __init__(
        self,
        token: str,
        endpoint: str,
        *,
        account: str = "hetzner",
        settle_seconds: float = 30.0,
        answer_seconds: float = 10.0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """An answer is waited for `answer_seconds`: under `operation.CALL_TIMEOUT_SECONDS`.

        `account` is whose budget the metrics call it.

        The client's own time-out is for the next byte, so a whole call has one of its own.
        """
        self.settle = timedelta(seconds=settle_seconds)
        timeout = (_CONNECT_SECONDS, answer_seconds)
        self._call_seconds = sum(timeout)
        self._client = Client(token, api_endpoint=endpoint, timeout=timeout)
        inner = self._client._client  # noqa: SLF001 - the client offers no other way to say it
        inner._retry_max_retries = 0  # noqa: SLF001
        session: requests.Session = inner._session  # noqa: SLF001
        session.trust_env = False
        adapter = FencedAdapter(pool_connections=4, pool_maxsize=_CONNECTIONS)
        session.mount("http://", adapter)
        session.mount("https://", adapter)
        session.hooks["response"].append(self._hear)
        # Threads of its own: the loop's default pool has six on two cores, and others wait there.
        self._threads = ThreadPoolExecutor(_CONNECTIONS, thread_name_prefix="hetzner")
        self._budget = Budget(clock)
        self._shown = metrics.PROVIDER_RATE_LIMIT.labels(account)
        self._heard = threading.local()

    def budget_seconds(self, *, urgent: bool = False) -> float:
        return self._budget.take(urgent=urgent)

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
            text = "The server is not there, or not yet."
            raise OutcomeUnknown(_fault("not_seen", text, FaultKind.OUTCOME_UNKNOWN, sent=False))
        if not found.carries(expect):
            raise Refused(_fault("labels-changed", "The server carries other labels than ours."))
        return await self._act(self._client.servers.delete, provider_id, deadline)

    async def adopt(self, provider_id: str, called: Called, deadline: float) -> Taken:
        found = await self.get(provider_id) if provider_id.isdigit() else None
        if found is None or not found.alive:
            raise Refused(_fault("not_found", f"There is no server {provider_id}."))
        if not _adoptable(found.labels, called.labels):
            raise Refused(_fault("others-server", "Its labels say that it is another VPS."))
        labels = {**found.labels, **called.labels}

        def call() -> Taken:
            self._client.servers.update(ServerDomain(id=int(provider_id)), labels=labels)
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
        return await self._listed(called.labels, self._call_seconds)

    async def outcome(self, action_ids: Sequence[str]) -> Outcome:
        def call() -> Outcome:
            states = [self._status(int(id_)) for id_ in action_ids]
            if "error" in states:
                return Outcome.FAILED
            return Outcome.RUNNING if "running" in states else Outcome.DONE

        return Outcome.DONE if not action_ids else await self._read(call)

    def _status(self, action_id: int) -> str | None:
        """None: long over, and forgotten."""
        try:
            return str(self._client.actions.get_by_id(action_id).status)
        except APIException as error:
            if error.code == "not_found":
                return None
            raise

    async def inventory(self, labels: Mapping[str, str]) -> Sequence[Server]:
        return await self._listed(labels, _LIST_SECONDS)

    async def changing(self, labels: Mapping[str, str]) -> Collection[str]:
        listed = await self._listed(labels, self._call_seconds, _CHANGING)
        return {one.provider_id for one in listed}

    async def _listed(
        self, labels: Mapping[str, str], within: float, status: list[str] | None = None
    ) -> Sequence[Server]:
        selector = ",".join(f"{name}={value}" for name, value in labels.items())

        def call() -> list[Server]:
            # get_all pages to the end and raises if one page fails: never a short list.
            found = self._client.servers.get_all(label_selector=selector, status=status)
            return [_server(one) for one in found]

        return await self._run(call, within, writes=False)

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

        return await self._run(fenced, self._call_seconds, writes=True)

    async def _read(self, call: Callable[[], T]) -> T:
        return await self._run(call, self._call_seconds, writes=False)

    async def _run(self, call: Callable[[], T], within: float, *, writes: bool) -> T:
        def spoken() -> T:
            self._heard.answer = None
            try:
                return call()
            except Exception as error:  # what the client makes of a broken answer can be any
                answer: Heard | None = self._heard.answer
                problem = problem_of(error, writes=writes, answer=answer)
                if problem.fault.kind is FaultKind.RATE_LIMITED:
                    self._budget.empty(problem.retry_after_seconds)
                raise problem from error

        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(within):
                return await loop.run_in_executor(self._threads, copy_context().run, spoken)
        except TimeoutError as error:
            # Its thread may still be reading; what it has not yet written stays fenced.
            raise problem_of(error, writes=writes, answer=None) from error

    def _hear(self, answer: requests.Response, **_: Any) -> None:
        self._heard.answer = heard(answer)
        self._budget.note(answer.headers)
        if (left := self._budget.left) is not None:
            self._shown.set(left)


def _adoptable(labels: Mapping[str, str], wanted: Mapping[str, str]) -> bool:
    """Nobody's, or this very VPS's: never another VPS's, nor another installation's."""
    return all(labels.get(name, wanted[name]) == wanted[name] for name in (INSTALLATION, VPS))


def _fault(
    code: str, message: str, kind: FaultKind = FaultKind.REJECTED, *, sent: bool = True
) -> Fault:
    return Fault(kind=kind, code=code, message=message, sent=sent)


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
