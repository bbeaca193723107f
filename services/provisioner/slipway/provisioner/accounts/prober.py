"""Probes accounts: before one is paused, while it is, and to plant and see its sentinel (H5, H31).

`worker` suspects, `DueWork` over `step` probes when due. When an account works again, everything
that waited for it falls due at once.
"""

import asyncio
from collections import Counter, defaultdict
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime

from slipway.contracts.envelope import Event, Meta
from slipway.contracts.ids import id_of, stream_of
from slipway.contracts.vps import AccountProven, AccountResumed, Fault, FaultKind
from slipway.eventstore.command_handling import handle
from slipway.eventstore.due_work import Claim
from slipway.eventstore.store import EventStore
from slipway.provisioner.accounts.decider import SCOPE, OrderSentinel, Pause, Probed, Scope
from slipway.provisioner.providers.driver import CloudDriver, CloudProblem, Refused
from slipway.provisioner.providers.registry import no_account
from slipway.provisioner.vps.naming import sentinel_name

Released = Callable[[str], Awaitable[None]]
"""Called with the account's name when what waited for it may go on."""

_NOTHING_NEW_SECONDS = 5.0


class Probing:
    def __init__(
        self,
        store: EventStore,
        drivers: Mapping[str, CloudDriver],
        *,
        installation: str,
        clock: Callable[[], datetime],
        released: Released,
    ) -> None:
        self._store = store
        self._drivers = drivers
        self._installation = installation
        self._clock = clock
        self._released = released
        self._suspecting: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._asked: Counter[str] = Counter()
        """By account: how many probes came of a suspicion."""

    async def order_sentinels(self, meta: Meta) -> None:
        """A location acts: every account gets its key, if it has none yet; `step` plants it."""
        for account_id in self._drivers:
            await self.order_sentinel(account_id, meta)

    async def order_sentinel(self, account_id: str, meta: Meta) -> None:
        """For one that the settings name since the location acts; changes nothing if it has one."""
        sentinel = sentinel_name(self._installation, account_id)
        await self._decide(account_id, OrderSentinel(account_id, sentinel, self._clock()), meta)

    async def suspect(self, account_id: str, fault: Fault, meta: Meta) -> None:
        """A fault that may be everybody's: one probe decides whether all are paused."""
        if fault.kind is FaultKind.RATE_LIMITED:
            return  # the budget holds everybody back already; nothing is broken
        asked_before = self._asked[account_id]
        async with self._suspecting[account_id]:
            if self._asked[account_id] != asked_before:
                return  # one began since: a probe each, in turn, would outlast every lease
            scope = await self._load(account_id)
            if scope.fault is not None:
                return
            self._asked[account_id] += 1
            found, _there = await self._ask(account_id, scope)
            if found is None or found.kind is FaultKind.RATE_LIMITED:
                return
            kept = fault if fault.kind is FaultKind.AUTH else found
            await self._decide(account_id, Pause(account_id, kept, self._clock()), meta)

    async def doubt(self, account_id: str, meta: Meta) -> None:
        """The sentinel was not seen where an absence should have been believed."""
        await self._probe(account_id, meta)

    async def step(self, claim: Claim) -> None:
        account_id = id_of(claim.stream)
        if not await self._probe(account_id, Meta(correlation_id=claim.stream)):
            await self._store.postpone(claim, _NOTHING_NEW_SECONDS)

    async def _probe(self, account_id: str, meta: Meta) -> list[Event]:
        """What it led to."""
        scope = await self._load(account_id)
        fault, there = await self._ask(account_id, scope)
        if fault is not None and fault.kind is FaultKind.RATE_LIMITED:
            return []
        command = Probed(account_id, fault, there, self._clock())
        led_to = await self._decide(account_id, command, meta)
        if any(isinstance(each, AccountResumed | AccountProven) for each in led_to):
            await self._released(account_id)
        return led_to

    async def _ask(self, account_id: str, scope: Scope) -> tuple[Fault | None, bool]:
        """(fault, whether the sentinel is there)."""
        driver = self._drivers.get(account_id)
        if driver is None:
            return no_account(account_id), False
        if scope.sentinel is None:
            return None, False
        try:
            return None, await _seen(driver, scope.sentinel, proven=scope.proven)
        except CloudProblem as problem:
            return problem.fault, False

    async def _load(self, account_id: str) -> Scope:
        return (await self._store.load(SCOPE, stream_of("scope", account_id))).state

    async def _decide(
        self, account_id: str, command: OrderSentinel | Pause | Probed, meta: Meta
    ) -> list[Event]:
        handled = await handle(
            self._store,
            SCOPE,
            stream_of("scope", account_id),
            command,
            now=self._clock(),
            meta=meta,
        )
        return [one.event for one in handled.recorded if isinstance(one.event, Event)]


async def _seen(driver: CloudDriver, sentinel: str, *, proven: bool) -> bool:
    """Planted once, before the first proof: later a missing key means another account."""
    if not proven:
        await driver.plant(sentinel)
        return await driver.prove(sentinel)
    if not await driver.prove(sentinel):
        return False
    try:
        # It is there, so this makes nothing: it shows whether the token may write.
        await driver.plant(sentinel)
    except Refused as refused:
        if refused.fault.kind is FaultKind.AUTH:
            raise
    return True
