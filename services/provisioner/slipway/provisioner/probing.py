"""Probes accounts: before one is paused, while it is, and to plant and see its sentinel (H5, H31).

`worker` suspects, `DueWork` over `step` probes when due. When an account works again, everything
that waited for it falls due at once.
"""

from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime

from slipway.contracts.envelope import Meta
from slipway.contracts.ids import id_of, stream_of
from slipway.contracts.vps import AccountProven, Fault, FaultKind, FaultScope, ScopeResumed
from slipway.eventstore.command_handling import handle
from slipway.eventstore.due_work import Claim
from slipway.eventstore.store import EventStore
from slipway.provisioner.ports import CloudDriver, CloudProblem
from slipway.provisioner.scope import SCOPE, OrderSentinel, Pause, Probed, Scope

Released = Callable[[str], Awaitable[None]]
"""Called with the account's name when what waited for it may go on."""


class Probing:
    def __init__(
        self,
        store: EventStore,
        drivers: Mapping[str, CloudDriver],
        clock: Callable[[], datetime],
        released: Released,
    ) -> None:
        self._store = store
        self._drivers = drivers
        self._clock = clock
        self._released = released

    async def order_sentinels(self, sentinel: str, meta: Meta) -> None:
        """A location acts: every account gets its key, if it has none yet."""
        for scope_id in self._drivers:
            command = OrderSentinel(scope_id, sentinel, self._clock())
            await self._decide(scope_id, command, meta)
            await self._probe(scope_id, meta)

    async def suspect(self, scope_id: str, fault: Fault, meta: Meta) -> None:
        """A fault that may be everybody's: one probe decides whether all are paused."""
        if (await self._load(scope_id)).fault is not None:
            return
        found, _there = await self._ask(scope_id, await self._load(scope_id))
        if found is not None:
            kept = fault if fault.kind is FaultKind.AUTH else found
            await self._decide(scope_id, Pause(scope_id, kept, self._clock()), meta)

    async def doubt(self, scope_id: str, meta: Meta) -> None:
        """The sentinel was not seen where an absence should have been believed."""
        await self._probe(scope_id, meta)

    async def step(self, claim: Claim) -> None:
        scope_id = id_of(claim.stream)
        await self._probe(scope_id, Meta(correlation_id=claim.stream))

    async def _probe(self, scope_id: str, meta: Meta) -> None:
        scope = await self._load(scope_id)
        fault, there = await self._ask(scope_id, scope)
        command = Probed(scope_id, fault, there, self._clock())
        handled = await self._decide(scope_id, command, meta)
        if any(isinstance(each, ScopeResumed | AccountProven) for each in handled):
            await self._released(scope_id)

    async def _ask(self, scope_id: str, scope: Scope) -> tuple[Fault | None, bool]:
        """(fault, whether the sentinel is there). Planted once, at the first proof only."""
        driver = self._drivers.get(scope_id)
        if driver is None or scope.sentinel is None:
            text = f"Slipway has no token for the account {scope_id}."
            config = Fault(
                kind=FaultKind.CONFIG, scope=FaultScope.ACCOUNT, code="no-account", message=text
            )
            return (config if driver is None else None), False
        try:
            if not scope.proven:
                # Later a missing key means that another account answers, so it is never remade.
                await driver.plant(scope.sentinel)
            return None, await driver.prove(scope.sentinel)
        except CloudProblem as problem:
            return problem.fault, False

    async def _load(self, scope_id: str) -> Scope:
        return (await self._store.load(SCOPE, stream_of("scope", scope_id))).state

    async def _decide(
        self, scope_id: str, command: OrderSentinel | Pause | Probed, meta: Meta
    ) -> list[object]:
        handled = await handle(
            self._store,
            SCOPE,
            stream_of("scope", scope_id),
            command,
            now=self._clock(),
            meta=meta,
        )
        return [recorded.event for recorded in handled.recorded]
