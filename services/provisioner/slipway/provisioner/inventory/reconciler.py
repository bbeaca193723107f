"""Every minute the provider's list by label against the streams: what is missing, changed, unknown.

A list alone proves no absence: who is not in it is asked for by id, in a proven account (H5, H26).
Nothing is repaired here; what was done behind our back is a person's to judge.
"""

import asyncio
import contextlib
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime

from slipway.contracts.envelope import Meta
from slipway.contracts.ids import stream_of
from slipway.contracts.vps import Drift, FaultKind
from slipway.eventstore.command_handling import handle
from slipway.eventstore.store import EventStore, StoreUnavailable, VersionConflict
from slipway.eventstore.stream import Stream
from slipway.provisioner.accounts.decider import SCOPE, Scope
from slipway.provisioner.accounts.prober import Probing
from slipway.provisioner.inventory import decider as stock
from slipway.provisioner.inventory.decider import STOCK
from slipway.provisioner.providers.driver import CloudDriver, CloudProblem, Server
from slipway.provisioner.providers.registry import Clouds
from slipway.provisioner.specs import account_of
from slipway.provisioner.vps import naming
from slipway.provisioner.vps.decider import VPS, NoteDrift
from slipway.provisioner.vps.state import Power, Vps


class Inventory:
    def __init__(
        self,
        store: EventStore,
        clouds: Clouds,
        probing: Probing,
        *,
        installation: str,
        every_seconds: float,
        clock: Callable[[], datetime],
    ) -> None:
        self._store = store
        self._clouds = clouds
        self._probing = probing
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
        """Each account by itself: one that is slow delays no other's."""
        async with asyncio.TaskGroup() as group:
            for account_id, driver in self._clouds.accounts.items():
                group.create_task(self._keep_taking(account_id, driver))

    async def _keep_taking(self, account_id: str, driver: CloudDriver) -> None:
        while True:
            with contextlib.suppress(StoreUnavailable):
                await self.take(account_id, driver)
            await asyncio.sleep(self._every_seconds)

    async def take(self, account_id: str, driver: CloudDriver) -> None:
        """One account, once. A paused or doubted one is probed already, and people are told."""
        scope = (await self._store.load(SCOPE, stream_of("scope", account_id))).state
        if scope.fault is not None or scope.doubted:
            return
        began = self._clock()
        try:
            found = await driver.inventory({naming.INSTALLATION: self._installation})
        except CloudProblem as problem:
            if problem.fault.kind is not FaultKind.RATE_LIMITED:
                await self._note(account_id, stock.NotListed(account_id, problem.fault))
            return
        # After the list: what was made meanwhile is known here and missing there, never reversed.
        known = await self._known(account_id)
        self._known_servers[account_id] = sum(one.state.server is not None for one in known)
        resting = [stream for stream in known if _comparable(stream.state, began)]
        seen = await self._seen(driver, found, resting)
        if None in seen.values() and not await self._proven(scope, driver):
            return
        orphans = self._orphans(account_id, driver, found, known)
        await self._note(account_id, stock.Listed(account_id, tuple(sorted(orphans.items()))))
        twins = _twins(found)
        for stream in resting:
            await self._compare(stream, seen, twins)

    async def _known(self, account_id: str) -> list[Stream[Vps]]:
        standing = await self._store.find_by_state_field(VPS, "server")
        busy = await self._store.find_by_state_field(VPS, "operation")
        streams = {stream.id: stream for stream in [*standing, *busy]}.values()
        return [
            stream
            for stream in streams
            if stream.state.spec is not None and account_of(stream.state.spec) == account_id
        ]

    def _orphans(
        self,
        account_id: str,
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
        now, before = self._clock(), self._strays.get(account_id, {})
        strays = {id_: before.get(id_, now) for id_ in names}
        self._strays[account_id] = strays
        old = {
            id_ for id_, since in strays.items() if id_ in before and now - since >= driver.settle
        }
        return {id_: name for id_, name in names.items() if id_ in old}

    async def _seen(
        self, driver: CloudDriver, found: Sequence[Server], resting: Sequence[Stream[Vps]]
    ) -> Mapping[str, Server | None]:
        """By provider id: who is not in the list is asked for; what can't be asked is left out."""
        seen: dict[str, Server | None] = {one.provider_id: one for one in found}
        for stream in resting:
            id_ = _id(stream.state)
            if id_ not in seen:
                with contextlib.suppress(CloudProblem):
                    seen[id_] = await driver.get(id_)
        return seen

    async def _proven(self, scope: Scope, driver: CloudDriver) -> bool:
        """In another account nothing that is missing is missing, and nothing has come back."""
        if scope.sentinel is None:
            return False
        try:
            if await driver.prove(scope.sentinel):
                return True
        except CloudProblem:
            return False  # nothing is concluded, neither that something drifted nor that it ended
        await self._probing.doubt(scope.account_id, Meta(correlation_id=scope.account_id))
        return False

    async def _compare(
        self, stream: Stream[Vps], seen: Mapping[str, Server | None], twins: Mapping[str, int]
    ) -> None:
        state = stream.state
        if _id(state) not in seen:
            return
        found = self._drifts(state, seen[_id(state)], twins)
        for name in Drift:
            ended = name in state.drifts and name not in found
            if ended or (name in found and name not in state.drifts):
                await self._note_drift(stream, name, ended=ended)
                return  # the stream has moved on: the others are the next inventory's

    def _drifts(self, state: Vps, row: Server | None, twins: Mapping[str, int]) -> set[Drift]:
        assert state.server is not None  # noqa: S101 - only such are compared
        label = naming.vps_label(self._installation, state.vps_id)
        found = {Drift.DUPLICATE} if twins.get(label, 0) > 1 else set()
        if row is None:
            return found | {Drift.MISSING}
        if row.labels.get(naming.VPS) != label:
            found.add(Drift.LABELS_CHANGED)
        if state.server.ready and row.power is Power.OFF and state.server.power is Power.ON:
            found.add(Drift.POWERED_OFF)
        if row.power is Power.ON and state.server.power is Power.OFF:
            found.add(Drift.POWERED_ON)
        return found

    async def _note_drift(self, stream: Stream[Vps], drift: Drift, *, ended: bool) -> None:
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

    async def _note(self, account_id: str, command: stock.Command) -> None:
        stream, now = stream_of("inventory", account_id), self._clock()
        meta = Meta(correlation_id=stream, actor="provider")
        await handle(self._store, STOCK, stream, command, now=now, meta=meta)


def _comparable(state: Vps, began: datetime) -> bool:
    """At rest since before the list, so that what differs is not our own doing."""
    operation = state.operation
    resting = operation is None or operation.at_rest
    unchanged = state.at is None or state.at < began
    return resting and unchanged and state.server is not None and not state.ignored


def _id(state: Vps) -> str:
    assert state.server is not None  # noqa: S101 - only such are compared
    return state.server.provider_id


def _twins(listed: Iterable[Server]) -> Mapping[str, int]:
    return Counter(one.labels.get(naming.VPS, "") for one in listed if one.alive)
