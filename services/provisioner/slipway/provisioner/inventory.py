"""Every minute the provider's list by label against the streams: what is missing, changed, unknown.

A list alone proves no absence: who is not in it is asked for by id, in a proven account (H5, H26).
Nothing is repaired here; what was done behind our back is a person's to judge.
"""

import asyncio
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from slipway.contracts.envelope import Meta
from slipway.contracts.ids import stream_of
from slipway.contracts.vps import FaultKind
from slipway.eventstore.command_handling import handle
from slipway.eventstore.store import EventStore, StoreUnavailable, VersionConflict
from slipway.eventstore.stream import Stream
from slipway.provisioner import naming, stock
from slipway.provisioner.clouds import Clouds
from slipway.provisioner.ports import CloudDriver, CloudProblem, Server
from slipway.provisioner.scope import SCOPE
from slipway.provisioner.specs import account_of
from slipway.provisioner.state import Parked, Power, Stalled, Vps
from slipway.provisioner.stock import STOCK
from slipway.provisioner.vps import VPS, NoteDrift

_DRIFTS = ("missing", "powered-off", "powered-on", "labels-changed", "duplicate")


@dataclass(frozen=True)
class _Listed:
    scope_id: str
    driver: CloudDriver
    began: datetime
    """Before the list: what changed since then may be newer than its rows."""
    rows: Mapping[str, Server]
    twins: Mapping[str, int]
    """How many servers alive carry the same VPS's label."""


class Inventory:
    def __init__(
        self,
        store: EventStore,
        clouds: Clouds,
        *,
        installation: str,
        every_seconds: float,
        clock: Callable[[], datetime],
    ) -> None:
        self._store = store
        self._clouds = clouds
        self._installation = installation
        self._every_seconds = every_seconds
        self._clock = clock
        self._strays: dict[str, Mapping[str, datetime]] = {}
        """By account: servers nobody knows, and since when."""
        self._known_servers: dict[str, int] = {}

    @property
    def fleet(self) -> int:
        """How many servers were known at the last looks; the brake's share is of these."""
        return sum(self._known_servers.values())

    async def run(self) -> None:
        while True:
            for scope_id, driver in self._clouds.accounts.items():
                try:
                    await self.take(scope_id, driver)
                except StoreUnavailable:
                    break
            await asyncio.sleep(self._every_seconds)

    async def take(self, scope_id: str, driver: CloudDriver) -> None:
        """One account, once. A paused one is probed already and its fault told."""
        scope = (await self._store.load(SCOPE, stream_of("scope", scope_id))).state
        if scope.fault is not None:
            return
        began = self._clock()
        try:
            found = await driver.inventory({naming.INSTALLATION: self._installation})
        except CloudProblem as problem:
            if problem.fault.kind is not FaultKind.RATE_LIMITED:
                await self._note(scope_id, stock.NotListed(scope_id, problem.fault))
            return
        # After the list: what was made meanwhile is known here and missing there, never reversed.
        known = await self._known(scope_id)
        self._known_servers[scope_id] = sum(one.state.server is not None for one in known)
        orphans = self._orphans(scope_id, driver, found, known)
        await self._note(scope_id, stock.Listed(scope_id, tuple(sorted(orphans.items()))))
        rows = {one.provider_id: one for one in found}
        listed = _Listed(scope_id, driver, began, rows, _twins(found))
        for stream in known:
            if _comparable(stream.state, began):
                await self._compare(listed, stream)

    async def _known(self, scope_id: str) -> list[Stream[Vps]]:
        standing = await self._store.having(VPS, "server")
        busy = await self._store.having(VPS, "operation")
        streams = {stream.id: stream for stream in [*standing, *busy]}.values()
        return [
            stream
            for stream in streams
            if stream.state.spec is not None and account_of(stream.state.spec) == scope_id
        ]

    def _orphans(
        self,
        scope_id: str,
        driver: CloudDriver,
        found: Iterable[Server],
        known: Sequence[Stream[Vps]],
    ) -> Mapping[str, str]:
        """Seen for longer than lists lag: one may be older than what we know."""
        ours = {naming.vps_label(self._installation, stream.state.vps_id) for stream in known}
        names = {
            one.provider_id: one.name
            for one in found
            if one.alive and one.labels.get(naming.VPS) not in ours
        }
        now, before = self._clock(), self._strays.get(scope_id, {})
        strays = {id_: before.get(id_, now) for id_ in names}
        self._strays[scope_id] = strays
        old = {
            id_ for id_, since in strays.items() if id_ in before and now - since >= driver.settle
        }
        return {id_: name for id_, name in names.items() if id_ in old}

    async def _compare(self, listed: _Listed, stream: Stream[Vps]) -> None:
        state = stream.state
        try:
            found = await self._drifts(listed, state)
        except CloudProblem:
            return  # nothing is concluded, neither that something drifted nor that it ended
        for name in _DRIFTS:
            ended = name in state.drifts and name not in found
            if ended or (name in found and name not in state.drifts):
                await self._note_drift(stream, name, ended=ended)
                return  # the stream has moved on: the others are the next inventory's

    async def _drifts(self, listed: _Listed, state: Vps) -> set[str]:
        """Raises CloudProblem."""
        assert state.server is not None  # noqa: S101 - only such are compared
        label = naming.vps_label(self._installation, state.vps_id)
        found = {"duplicate"} if listed.twins.get(label, 0) > 1 else set()
        provider_id = state.server.provider_id
        row = listed.rows.get(provider_id) or await listed.driver.get(provider_id)
        if row is None:
            # In another account nothing that is missing is missing, and nothing has come back.
            missing = await self._proven(listed) or "missing" in state.drifts
            return found | ({"missing"} if missing else set())
        if row.labels.get(naming.VPS) != label:
            found.add("labels-changed")
        if state.server.ready and row.power is Power.OFF and state.server.power is Power.ON:
            found.add("powered-off")
        if row.power is Power.ON and state.server.power is Power.OFF:
            found.add("powered-on")
        return found

    async def _proven(self, listed: _Listed) -> bool:
        scope = (await self._store.load(SCOPE, stream_of("scope", listed.scope_id))).state
        return scope.sentinel is not None and await listed.driver.prove(scope.sentinel)

    async def _note_drift(self, stream: Stream[Vps], drift: str, *, ended: bool) -> None:
        now, state = self._clock(), stream.state
        server_id = state.server.provider_id if state.server else None
        command = NoteDrift(now, drift, server_id, ended=ended)
        meta = Meta(correlation_id=state.vps_id, actor="provider")
        version = stream.version
        try:
            await handle(
                self._store, VPS, stream.id, command, now=now, meta=meta, expected_version=version
            )
        except VersionConflict:
            return  # what was seen may be our own doing: the next inventory sees again

    async def _note(self, scope_id: str, command: stock.Command) -> None:
        stream, now = stream_of("inventory", scope_id), self._clock()
        meta = Meta(correlation_id=stream, actor="provider")
        await handle(self._store, STOCK, stream, command, now=now, meta=meta)


def _comparable(state: Vps, began: datetime) -> bool:
    """At rest since before the list, so that what differs is not our own doing."""
    operation = state.operation
    resting = operation is None or isinstance(operation.phase, Parked | Stalled)
    unchanged = state.at is None or state.at < began
    return resting and unchanged and state.server is not None and not state.ignored


def _twins(listed: Iterable[Server]) -> Mapping[str, int]:
    return Counter(one.labels.get(naming.VPS, "") for one in listed if one.alive)
