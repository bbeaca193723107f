"""The driver for Hetzner Cloud; one instance for each account."""

import base64
import hashlib
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import timedelta
from typing import Any

from hcloud import APIException
from hcloud.images import Image
from hcloud.locations import Location
from hcloud.server_types import ServerType
from hcloud.servers import BoundServer
from hcloud.servers import Server as HetznerServer
from hcloud.ssh_keys import SSHKey

from slipway.contracts.vps import Fault, FaultKind, Spec
from slipway.provisioner.providers.driver import OutcomeUnknown, ProviderServer, Receipt, Refused
from slipway.provisioner.providers.hetzner.client import HetznerClient
from slipway.provisioner.providers.hetzner.fault_table import Call
from slipway.provisioner.vps.naming import INSTALLATION, VPS, ExternalName
from slipway.provisioner.vps.state import ActionStatus, Power

_LIST_SECONDS = 120.0
"""Time-out for the list of all servers, which may have two hundred pages."""
_POWER = {
    HetznerServer.STATUS_RUNNING: Power.ON,
    HetznerServer.STATUS_OFF: Power.OFF,
}
_CHANGING = [
    HetznerServer.STATUS_INIT,
    HetznerServer.STATUS_STARTING,
    HetznerServer.STATUS_STOPPING,
    HetznerServer.STATUS_DELETING,
    HetznerServer.STATUS_MIGRATING,
    HetznerServer.STATUS_REBUILDING,
]


class Hetzner:
    settle = timedelta(seconds=30)

    def __init__(
        self,
        token: str,
        endpoint: str,
        *,
        account_id: str = "hetzner",
        settle_seconds: float = 30.0,
        answer_seconds: float = 10.0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.settle = timedelta(seconds=settle_seconds)
        self._client = HetznerClient(
            token, endpoint, account_id=account_id, answer_seconds=answer_seconds, clock=clock
        )
        self._api = self._client.api

    def acquire_tokens(self, *, urgent: bool = False) -> float:
        return self._client.tokens.acquire(urgent=urgent)

    async def create(
        self, spec: Spec, named: ExternalName, region: str, deadline: float
    ) -> Receipt:
        def call() -> Receipt:
            created = self._api.servers.create(
                name=named.name,
                server_type=ServerType(name=spec.size),
                image=Image(name=spec.image),
                location=Location(name=region),
                ssh_keys=[SSHKey(name=name) for name in spec.ssh_keys],
                user_data=spec.cloud_init or None,
                labels=dict(named.labels),
            )
            actions = [created.action, *created.next_actions]
            return Receipt(str(created.server.id), tuple(str(action.id) for action in actions))

        return await self._client.write(Call.CREATE, call, deadline)

    async def power_off(self, provider_id: str, deadline: float) -> Receipt:
        return await self._act(Call.POWER_OFF, self._api.servers.power_off, provider_id, deadline)

    async def power_on(self, provider_id: str, deadline: float) -> Receipt:
        return await self._act(Call.POWER_ON, self._api.servers.power_on, provider_id, deadline)

    async def delete(
        self, provider_id: str, expected: Mapping[str, str], deadline: float
    ) -> Receipt:
        found = await self.get(provider_id)
        if found is None:
            text = "The server is not there, or not yet."
            raise OutcomeUnknown(_fault("not_seen", text, FaultKind.OUTCOME_UNKNOWN, sent=False))
        if not found.carries(expected):
            raise Refused(_fault("labels-changed", "The server carries other labels than ours."))
        return await self._act(Call.DELETE, self._api.servers.delete, provider_id, deadline)

    async def adopt(self, provider_id: str, named: ExternalName, deadline: float) -> Receipt:
        found = await self.get(provider_id) if provider_id.isdigit() else None
        if found is None or not found.alive:
            raise Refused(_fault("not_found", f"There is no server {provider_id}."))
        if not _is_adoptable(found.labels, named.labels):
            raise Refused(_fault("others-server", "Its labels say that it is another VPS."))
        labels = {**found.labels, **named.labels}

        def call() -> Receipt:
            self._api.servers.update(HetznerServer(id=int(provider_id)), labels=labels)
            return Receipt(provider_id)

        return await self._client.write(Call.LABEL, call, deadline)

    async def _act(
        self, call: Call, send: Callable[[HetznerServer], Any], provider_id: str, deadline: float
    ) -> Receipt:
        def act() -> Receipt:
            action = send(HetznerServer(id=int(provider_id)))
            return Receipt(provider_id, (str(action.id),))

        return await self._client.write(call, act, deadline)

    async def get(self, provider_id: str) -> ProviderServer | None:
        def call() -> ProviderServer | None:
            try:
                return _server(self._api.servers.get_by_id(int(provider_id)))
            except APIException as error:
                if error.code == "not_found":
                    return None
                raise

        return await self._client.read(Call.GET, call)

    async def find(self, named: ExternalName) -> Sequence[ProviderServer]:
        return await self._listed(named.labels)

    async def action_status(self, action_ids: Sequence[str]) -> ActionStatus:
        def call() -> ActionStatus:
            statuses = [self._status(int(id_)) for id_ in action_ids]
            if "error" in statuses:
                return ActionStatus.FAILED
            return ActionStatus.RUNNING if "running" in statuses else ActionStatus.DONE

        return ActionStatus.DONE if not action_ids else await self._client.read(Call.ACTION, call)

    def _status(self, action_id: int) -> str | None:
        """Returns the status of the action.

        Returns None if Hetzner no longer knows the action, because the action ended long ago.
        """
        try:
            return str(self._api.actions.get_by_id(action_id).status)
        except APIException as error:
            if error.code == "not_found":
                return None
            raise

    async def list_servers(self, labels: Mapping[str, str]) -> Sequence[ProviderServer]:
        return await self._listed(labels, within_seconds=_LIST_SECONDS)

    async def list_changing(self, labels: Mapping[str, str]) -> Collection[str]:
        listed = await self._listed(labels, status=_CHANGING)
        return {one.provider_id for one in listed}

    async def _listed(
        self,
        labels: Mapping[str, str],
        *,
        within_seconds: float | None = None,
        status: list[str] | None = None,
    ) -> Sequence[ProviderServer]:
        selector = ",".join(f"{name}={value}" for name, value in labels.items())

        def call() -> list[ProviderServer]:
            # get_all reads every page and raises if one fails, so the list is never incomplete.
            found = self._api.servers.get_all(label_selector=selector, status=status)
            return [_server(one) for one in found]

        return await self._client.read(Call.LIST, call, within_seconds)

    async def has_sentinel(self, sentinel: str) -> bool:
        def call() -> bool:
            return self._api.ssh_keys.get_by_name(sentinel) is not None

        return await self._client.read(Call.KEY, call)

    async def create_sentinel(self, sentinel: str) -> None:
        def call() -> None:
            try:
                self._api.ssh_keys.create(name=sentinel, public_key=_public_key(sentinel))
            except APIException as error:
                if error.code != "uniqueness_error":
                    raise

        await self._client.read(Call.KEY, call)


def _is_adoptable(labels: Mapping[str, str], expected: Mapping[str, str]) -> bool:
    """Returns whether the server carries none of our labels, or the labels of this VPS."""
    return all(labels.get(name, expected[name]) == expected[name] for name in (INSTALLATION, VPS))


def _fault(
    code: str, message: str, kind: FaultKind = FaultKind.REJECTED, *, sent: bool = True
) -> Fault:
    return Fault(kind=kind, code=code, message=message, sent=sent)


def _server(bound: BoundServer) -> ProviderServer:
    net = bound.public_net
    return ProviderServer(
        provider_id=str(bound.id),
        name=str(bound.name),
        labels=dict(bound.labels or {}),
        alive=bound.status != HetznerServer.STATUS_DELETING,
        power=_POWER.get(str(bound.status), Power.UNKNOWN),
        ipv4=net.ipv4.ip if net and net.ipv4 else None,
        ipv6=net.ipv6.ip if net and net.ipv6 else None,
        region=bound.location.name if bound.location else None,
    )


def _public_key(name: str) -> str:
    """Returns an SSH public key without a private key. The key only marks the account."""
    digest = hashlib.sha256(name.encode()).digest()
    head = b"\x00\x00\x00\x0bssh-ed25519\x00\x00\x00\x20"
    return f"ssh-ed25519 {base64.b64encode(head + digest).decode()} {name}"
