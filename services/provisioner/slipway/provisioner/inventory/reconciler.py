"""Compares the provider's list of servers with the Vps streams every minute.

A server that is missing in the list may still exist. So it is read by id, and the account's
sentinel must be found (H5, H26). Differences are recorded, not repaired, because an operator
decides about changes that others made at the provider.
"""

import asyncio
import contextlib
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

from slipway.contracts.envelope import Meta
from slipway.contracts.ids import stream_of
from slipway.contracts.vps import Drift, FaultKind
from slipway.eventstore.command_handling import handle
from slipway.eventstore.store import EventStore, StoreUnavailable, VersionConflict
from slipway.eventstore.stream import Stream
from slipway.provisioner.accounts.decider import ACCOUNT, Account
from slipway.provisioner.accounts.prober import AccountProber
from slipway.provisioner.inventory import comparison, decider
from slipway.provisioner.inventory.decider import INVENTORY, RecordList, RecordListFailure
from slipway.provisioner.inventory.orphans import Orphans
from slipway.provisioner.providers.driver import ProviderDriver, ProviderProblem, ProviderServer
from slipway.provisioner.providers.registry import ProviderRegistry
from slipway.provisioner.specs import account_id_of
from slipway.provisioner.vps import naming
from slipway.provisioner.vps.decider import VPS
from slipway.provisioner.vps.drift import NoteDrift
from slipway.provisioner.vps.state import KnownServer, Vps


class Reconciler:
    def __init__(
        self,
        store: EventStore,
        providers: ProviderRegistry,
        prober: AccountProber,
        *,
        installation: str,
        every_seconds: float,
        clock: Callable[[], datetime],
    ) -> None:
        self._store = store
        self._providers = providers
        self._prober = prober
        self._installation = installation
        self._every_seconds = every_seconds
        self._clock = clock
        self._orphans = Orphans(clock)
        self._known_servers: dict[str, int] = {}

    @property
    def fleet_size(self) -> int:
        """Returns how many servers Slipway knew at the latest comparison.

        The brake's limit depends on it.
        """
        return sum(self._known_servers.values())

    async def run(self) -> None:
        """Compares each account's list of servers with the Vps streams, again and again.

        Each account has its own background task, so a slow account delays no other account.
        """
        async with asyncio.TaskGroup() as group:
            for account_id, driver in self._providers.drivers.items():
                group.create_task(self._reconcile_for_ever(account_id, driver))

    async def _reconcile_for_ever(self, account_id: str, driver: ProviderDriver) -> None:
        while True:
            with contextlib.suppress(StoreUnavailable):
                await self.reconcile(account_id, driver)
            await asyncio.sleep(self._every_seconds)

    async def reconcile(self, account_id: str, driver: ProviderDriver) -> None:
        """Compares one account once.

        Skips an account that is paused or whose sentinel is missing.
        """
        account = (await self._store.load(ACCOUNT, stream_of("account", account_id))).state
        if account.fault is not None or account.proof_failed:
            return
        began = self._clock()
        try:
            listed = await driver.list_servers({naming.INSTALLATION: self._installation})
        except ProviderProblem as problem:
            if problem.fault.kind is not FaultKind.RATE_LIMITED:
                await self._record(account_id, RecordListFailure(account_id, problem.fault))
            return
        # Streams are loaded after the list, so a server created meanwhile is never an orphan.
        known = await self._known(account_id)
        self._known_servers[account_id] = sum(one.state.server is not None for one in known)
        resting = [one for one in known if comparison.is_comparable(one.state, began)]
        shown = await self._shown(driver, listed, resting)
        if None in shown.values() and not await self._is_proven(account, driver):
            return
        labels = {naming.vps_label(self._installation, one.state.vps_id) for one in known}
        orphans = self._orphans.find(account_id, listed, labels, driver.settle)
        await self._record(account_id, RecordList(account_id, tuple(sorted(orphans.items()))))
        by_label = comparison.servers_by_label(listed)
        for stream in resting:
            await self._compare(stream, shown, by_label)

    async def _known(self, account_id: str) -> list[Stream[Vps]]:
        with_server = await self._store.find_by_state_field(VPS, "server")
        busy = await self._store.find_by_state_field(VPS, "operation")
        streams = {stream.id: stream for stream in [*with_server, *busy]}.values()
        return [
            stream
            for stream in streams
            if stream.state.spec is not None and account_id_of(stream.state.spec) == account_id
        ]

    async def _shown(
        self,
        driver: ProviderDriver,
        listed: Sequence[ProviderServer],
        resting: Sequence[Stream[Vps]],
    ) -> Mapping[str, ProviderServer | None]:
        """Returns the servers by provider id, with None for a server that does not exist.

        A server that is missing in the list is read by id. If that fails, it is left out.
        """
        shown: dict[str, ProviderServer | None] = {one.provider_id: one for one in listed}
        for stream in resting:
            id_ = _server_of(stream.state).provider_id
            if id_ not in shown:
                with contextlib.suppress(ProviderProblem):
                    shown[id_] = await driver.get(id_)
        return shown

    async def _is_proven(self, account: Account, driver: ProviderDriver) -> bool:
        """Returns whether the sentinel was found. Without it, a missing server may still exist."""
        if account.sentinel is None:
            return False
        try:
            if await driver.has_sentinel(account.sentinel):
                return True
        except ProviderProblem:
            return False  # then neither a drift nor its end is recorded
        meta = Meta(correlation_id=account.account_id)
        await self._prober.report_missing_sentinel(account.account_id, meta)
        return False

    async def _compare(
        self,
        stream: Stream[Vps],
        shown: Mapping[str, ProviderServer | None],
        by_label: Mapping[str, int],
    ) -> None:
        """Records at most one drift that began or ended.

        The event changes the stream's version, so further drifts are recorded after the next list.
        """
        state, server = stream.state, _server_of(stream.state)
        if server.provider_id not in shown:
            return
        label = naming.vps_label(self._installation, state.vps_id)
        found = comparison.drifts_of(server, shown[server.provider_id], label, by_label)
        drift = comparison.changed_drift(state.drifts, found)
        if drift is not None:
            await self._note_drift(stream, drift, ended=drift not in found)

    async def _note_drift(self, stream: Stream[Vps], drift: Drift, *, ended: bool) -> None:
        now, state, version = self._clock(), stream.state, stream.version
        command = NoteDrift(now, drift, _server_of(state).provider_id, ended=ended)
        meta = Meta(correlation_id=state.vps_id, actor="provider")
        try:
            await handle(
                self._store, VPS, stream.id, command, now=now, meta=meta, expected_version=version
            )
        except VersionConflict:
            return  # Slipway itself may have changed the server: the next list decides

    async def _record(self, account_id: str, command: decider.Command) -> None:
        stream, now = stream_of("inventory", account_id), self._clock()
        meta = Meta(correlation_id=stream, actor="provider")
        await handle(self._store, INVENTORY, stream, command, now=now, meta=meta)


def _server_of(state: Vps) -> KnownServer:
    assert state.server is not None  # noqa: S101 - only VPSs with a server are compared
    return state.server
