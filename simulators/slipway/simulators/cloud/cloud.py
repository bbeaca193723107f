"""The state of the cloud: the servers and running actions of each project. Without I/O.

Time passes only in `settle`, which every request calls first. It ends all actions that are due, in
the sequence of their due times.
"""

import base64
import binascii
import hashlib
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from slipway.simulators.cloud.api.create_request import CreateRequest
from slipway.simulators.cloud.catalog import LOCATIONS
from slipway.simulators.cloud.delays import Delays
from slipway.simulators.cloud.entities import (
    Action,
    ActionStatus,
    Origin,
    Power,
    Server,
    ServerStatus,
    SshKey,
)
from slipway.simulators.cloud.faults import FaultKind, Faults, Operation
from slipway.simulators.cloud.problems import Problem
from slipway.simulators.cloud.settings import CloudSettings
from slipway.simulators.ports import Clock, RandomSource

_SWITCHES = {Operation.POWER_ON: "start_server", Operation.POWER_OFF: "stop_server"}
_SWITCHES[Operation.SHUTDOWN] = "shutdown_server"


class Cloud:
    def __init__(
        self, clock: Clock, rng: RandomSource, settings: CloudSettings | None = None
    ) -> None:
        self.clock, self.rng = clock, rng
        self.settings = settings or CloudSettings()
        self.faults = Faults(clock)
        self.delays = Delays()
        self.servers: dict[int, Server] = {}
        """Every server that ever existed, by id."""
        self.actions: dict[int, Action] = {}
        self.ssh_keys: dict[int, SshKey] = {}
        self._running: list[Action] = []
        self._last_id = 4_000_000

    def settle(self) -> None:
        now = self.clock()
        due = sorted(
            (one for one in self._running if one.due_at <= now), key=lambda one: one.due_at
        )
        for action in due:
            self._running.remove(action)
            _finish(action, self.servers[action.server_id])

    def existing(self, project: str) -> list[Server]:
        return [one for one in self.servers.values() if one.exists and one.project == project]

    def listed(self, project: str) -> list[Server]:
        """Returns the servers that a list shows.

        Faults can hide existing servers or show deleted ones.
        """
        shown = self.existing(project)
        if stale := self.faults.take(FaultKind.STALE_LIST, Operation.LIST):
            then = self.clock() - timedelta(seconds=stale.seconds)
            shown = [
                one
                for one in self.servers.values()
                if one.project == project
                and one.created_at <= then
                and (one.deleted_at is None or one.deleted_at > then)
            ]
        if shown and self.faults.take(FaultKind.MISSING_ROW, Operation.LIST):
            shown = shown[1:]
        return shown

    def server(self, project: str, id_: int) -> Server:
        server = self.servers.get(id_)
        if server is None or not server.exists or server.project != project:
            raise Problem("not_found", f"server with ID '{id_}' not found")
        return server

    def shown(self, project: str, id_: int) -> Server:
        """Returns the server that a GET by id shows.

        A fault can hide a new server for some seconds.
        """
        server = self.server(project, id_)
        stale = self.faults.take(FaultKind.STALE_GET, Operation.GET)
        if stale and server.created_at > self.clock() - timedelta(seconds=stale.seconds):
            raise Problem("not_found", f"server with ID '{id_}' not found")
        return server

    def create_server(self, project: str, order: CreateRequest) -> tuple[Server, list[Action]]:
        """Creates a server.

        Returns the server and its actions: create_server, then start_server.
        """
        now, here = self.clock(), self.existing(project)
        if any(one.name == order.name for one in here):
            raise Problem("uniqueness_error", "server name is already used")
        if len(here) >= self.settings.servers_per_project:
            raise Problem("resource_limit_exceeded", "server limit exceeded")
        location = order.location or LOCATIONS[0]
        if self.faults.take(FaultKind.NO_CAPACITY, Operation.CREATE, location.name):
            raise Problem("resource_unavailable", f"error during placement in {location.name}")
        if refused := self.faults.take(FaultKind.REFUSED, Operation.CREATE, location.name):
            raise Problem(refused.code, refused.message, refused.status)
        fails = self.faults.take(FaultKind.ACTION_ERROR, Operation.CREATE) is not None
        vanishes = self.faults.take(FaultKind.VANISHES, Operation.CREATE, location.name)
        boot = self._boot_seconds()
        server = Server(
            id=self._next_id(),
            project=project,
            name=order.name,
            labels=dict(order.labels),
            type=order.type,
            image=order.image,
            location=location,
            ipv4=_address(len(self.servers)),
            created_at=now,
            user_data=order.user_data,
            starts=order.starts,
        )
        self.servers[server.id] = server
        commands = ["create_server", *(["start_server"] if order.starts else [])]
        parts = [boot / 2, boot] if order.starts else [boot]
        actions = [
            self._act(server, command, seconds, fails=fails)
            for command, seconds in zip(commands, parts, strict=True)
        ]
        if vanishes:
            self._act(server, "vanish", vanishes.seconds, by=Origin.CLOUD)
        return server, actions

    def switch(self, server: Server, operation: Operation, by: Origin = Origin.API) -> Action:
        """Powers a server on or off, or sends it an ACPI shutdown, which always succeeds here."""
        self._refuse_if_busy(server)
        fails = by is Origin.API and self.faults.take(FaultKind.ACTION_ERROR, operation) is not None
        if not fails:
            is_on = operation is Operation.POWER_ON
            server.status = ServerStatus.STARTING if is_on else ServerStatus.STOPPING
        command, seconds = _SWITCHES[operation], self.settings.power_seconds
        return self._act(server, command, seconds, fails=fails, by=by)

    def delete_server(self, server: Server, by: Origin = Origin.API) -> Action:
        if by is Origin.API and server.protected:
            raise Problem("protected", "server deletion is protected")
        if server.status is ServerStatus.DELETING:
            raise Problem("locked", "server is being deleted")
        seconds, fails = self.settings.delete_seconds, False
        if by is Origin.API:
            if slow := self.faults.take(FaultKind.SLOW_DELETE, Operation.DELETE):
                seconds = slow.seconds
            fails = self.faults.take(FaultKind.ACTION_ERROR, Operation.DELETE) is not None
        if not fails:
            server.status, server.delete_asked_at = ServerStatus.DELETING, self.clock()
            server.deleted_by = by
        return self._act(server, "delete_server", seconds, fails=fails, by=by)

    def protect(self, server: Server, *, delete: bool) -> Action:
        server.protected = delete
        action = self._act(server, "change_protection", 0)
        self.settle()
        return action

    def rename(self, server: Server, name: str) -> None:
        others = (one for one in self.existing(server.project) if one is not server)
        if any(one.name == name for one in others):
            raise Problem("uniqueness_error", "server name is already used")
        server.name = name

    def add_ssh_key(self, project: str, given: Mapping[str, Any], labels: dict[str, str]) -> SshKey:
        name, public_key = str(given.get("name") or ""), str(given.get("public_key") or "")
        fingerprint = _fingerprint(public_key)
        if not name or fingerprint is None:
            raise Problem("invalid_input", "invalid input in field 'name' or 'public_key'")
        for one in self.ssh_keys.values():
            if one.project == project and (one.name == name or one.fingerprint == fingerprint):
                raise Problem(
                    "uniqueness_error", "SSH key with the same name or fingerprint exists"
                )
        id_ = self._next_id()
        key = SshKey(id_, project, name, public_key, fingerprint, labels, self.clock())
        self.ssh_keys[id_] = key
        return key

    def ssh_key(self, project: str, id_: int) -> SshKey:
        key = self.ssh_keys.get(id_)
        if key is None or key.project != project:
            raise Problem("not_found", f"SSH key with ID '{id_}' not found")
        return key

    def _refuse_if_busy(self, server: Server) -> None:
        if any(one.server_id == server.id for one in self._running):
            raise Problem("locked", "server is locked by a running action")

    def _boot_seconds(self) -> float:
        if slow := self.faults.take(FaultKind.SLOW_BOOT, Operation.CREATE):
            return slow.seconds
        return self.settings.boot_seconds * (1 + self.rng.uniform(0, self.settings.boot_jitter))

    def _act(
        self,
        server: Server,
        command: str,
        seconds: float,
        *,
        fails: bool = False,
        by: Origin = Origin.API,
    ) -> Action:
        now = self.clock()
        action = Action(
            id=self._next_id(),
            project=server.project,
            command=command,
            server_id=server.id,
            started_at=now,
            due_at=now + timedelta(seconds=seconds),
            fails=fails,
            by=by,
        )
        self.actions[action.id] = action
        self._running.append(action)
        return action

    def _next_id(self) -> int:
        self._last_id += 1
        return self._last_id


def _finish(action: Action, server: Server) -> None:
    at = action.due_at
    action.status = ActionStatus.ERROR if action.fails else ActionStatus.SUCCESS
    action.finished_at = at
    if action.command == "delete_server":
        if not action.fails:
            server.deleted_at = at
        return
    if action.command == "vanish":
        server.delete_asked_at = server.deleted_at = at
        server.deleted_by = action.by
        return
    if server.status is ServerStatus.DELETING:
        return
    if action.fails:
        if action.command in {"create_server", "start_server"}:
            server.status = ServerStatus.OFF
        return
    _switched(action, server, at)


def _switched(action: Action, server: Server, at: datetime) -> None:
    match action.command:
        case "create_server" if server.status is ServerStatus.INITIALIZING:
            server.status = ServerStatus.STARTING if server.starts else ServerStatus.OFF
        case "start_server":
            server.status = ServerStatus.RUNNING
            server.power.append(Power(at, on=True, by=action.by))
        case "stop_server" | "shutdown_server":
            server.status = ServerStatus.OFF
            server.power.append(Power(at, on=False, by=action.by))
        case _:
            pass


def _address(place: int) -> str:
    """Returns an address of 100.64.0.0/10, a range that is not routed on the Internet."""
    high, low = divmod(place + 1, 250)
    return f"100.{64 + high // 250 % 64}.{high % 250}.{low + 1}"


def _fingerprint(public_key: str) -> str | None:
    kind, _, rest = public_key.strip().partition(" ")
    try:
        blob = base64.b64decode(rest.partition(" ")[0], validate=True)
    except binascii.Error:
        return None
    if not kind.startswith(("ssh-", "ecdsa-", "sk-")) or not blob:
        return None
    digest = hashlib.md5(blob, usedforsecurity=False).hexdigest()
    return ":".join(digest[at : at + 2] for at in range(0, 32, 2))
