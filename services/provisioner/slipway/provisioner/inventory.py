"""Every minute the provider's list by label against the streams: what is missing, changed, unknown.

A list alone proves no absence: who is not in it is asked for by id, in a proven account (H5, H26).
Nothing is repaired here; what was done behind our back is a person's to judge.
"""

import asyncio
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime

from slipway.contracts.envelope import Meta
from slipway.contracts.ids import stream_of
from slipway.eventstore.command_handling import handle
from slipway.eventstore.store import EventStore, StoreUnavailable
from slipway.eventstore.stream import Stream
from slipway.provisioner import naming, stock
from slipway.provisioner.clouds import Clouds
from slipway.provisioner.ports import CloudDriver, CloudProblem, Server
from slipway.provisioner.scope import SCOPE
from slipway.provisioner.specs import account_of
from slipway.provisioner.state import Parked, Power, Vps
from slipway.provisioner.stock import STOCK
from slipway.provisioner.vps import VPS, NoteDrift

_DRIFTS = ("missing", "powered-off", "powered-on", "labels-changed", "duplicate")


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
        self._seen_before: dict[str, frozenset[str]] = {}
        self.fleet = 0
        """How many servers were known at the last look; the brake's share is of these."""

    async def run(self) -> None:
        while True:
            for scope_id, driver in self._clouds.accounts.items():
                try:
                    await self.take(scope_id, driver)
                except StoreUnavailable:
                    break
            await asyncio.sleep(self._every_seconds)

    async def take(self, scope_id: str, driver: CloudDriver) -> None:
        """One account, once."""
        labels = {naming.INSTALLATION: self._installation}
        try:
            listed = await driver.inventory(labels)
        except CloudProblem as problem:
            await self._note(scope_id, stock.NotListed(scope_id, problem.fault))
            return
        # After the list: what was made meanwhile is known here and missing there, never reversed.
        known = await self._known(scope_id)
        self.fleet = sum(stream.state.server is not None for stream in known)
        orphans = self._orphans(scope_id, listed, known)
        await self._note(scope_id, stock.Listed(scope_id, tuple(sorted(orphans.items()))))
        rows = {one.provider_id: one for one in listed}
        twins = _twins(listed)
        for stream in known:
            await self._compare(scope_id, driver, stream, rows, twins)

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
        self, scope_id: str, listed: Iterable[Server], known: Sequence[Stream[Vps]]
    ) -> Mapping[str, str]:
        """Seen in two lists in a row: the first may be older than what we know."""
        ours = {naming.vps_label(self._installation, stream.state.vps_id) for stream in known}
        strays = {
            one.provider_id: one.name
            for one in listed
            if one.alive and one.labels.get(naming.VPS) not in ours
        }
        before = self._seen_before.get(scope_id, frozenset())
        self._seen_before[scope_id] = frozenset(strays)
        return {id_: name for id_, name in strays.items() if id_ in before}

    async def _compare(
        self,
        scope_id: str,
        driver: CloudDriver,
        stream: Stream[Vps],
        rows: Mapping[str, Server],
        twins: Mapping[str, int],
    ) -> None:
        state = stream.state
        parked = state.operation is not None and isinstance(state.operation.phase, Parked)
        if state.server is None or state.ignored or (state.operation is not None and not parked):
            return
        label = naming.vps_label(self._installation, state.vps_id)
        drift = await self._drift(scope_id, driver, state, rows.get(state.server.provider_id))
        found = {drift} if drift else set()
        if twins.get(label, 0) > 1:
            found.add("duplicate")
        for name in _DRIFTS:
            ended = name in state.drifts and name not in found
            if ended or name in found:
                await self._note_drift(stream, name, ended=ended)

    async def _drift(
        self, scope_id: str, driver: CloudDriver, state: Vps, row: Server | None
    ) -> str | None:
        assert state.server is not None  # noqa: S101 - asked by the caller
        if row is None:
            return await self._why_not_listed(scope_id, driver, state.server.provider_id)
        if state.server.ready and row.power is Power.OFF and state.server.power is Power.ON:
            return "powered-off"
        if row.power is Power.ON and state.server.power is Power.OFF:
            return "powered-on"
        return None

    async def _why_not_listed(
        self, scope_id: str, driver: CloudDriver, provider_id: str
    ) -> str | None:
        scope = (await self._store.load(SCOPE, stream_of("scope", scope_id))).state
        try:
            if await driver.get(provider_id) is not None:
                return "labels-changed"
            proven = scope.sentinel is not None and await driver.prove(scope.sentinel)
        except CloudProblem:
            return None
        return "missing" if proven else None

    async def _note_drift(self, stream: Stream[Vps], drift: str, *, ended: bool) -> None:
        now, state = self._clock(), stream.state
        server_id = state.server.provider_id if state.server else None
        command = NoteDrift(now, drift, server_id, ended=ended)
        meta = Meta(correlation_id=state.vps_id, actor="provider")
        await handle(self._store, VPS, stream.id, command, now=now, meta=meta)

    async def _note(self, scope_id: str, command: stock.Command) -> None:
        stream, now = stream_of("inventory", scope_id), self._clock()
        meta = Meta(correlation_id=stream, actor="provider")
        await handle(self._store, STOCK, stream, command, now=now, meta=meta)


def _twins(listed: Iterable[Server]) -> Mapping[str, int]:
    """How many servers alive carry the same VPS's label."""
    return Counter(one.labels.get(naming.VPS, "") for one in listed if one.alive)
