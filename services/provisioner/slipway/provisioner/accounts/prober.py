"""Probes provider accounts before and during a pause, and looks for their sentinel (H5, H31).

`worker` reports faults. `DueWork` calls `step` when a probe is due. When an account works again,
all operations that waited for the account become due immediately.
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
from slipway.provisioner.accounts.decider import (
    ACCOUNT,
    CATEGORY,
    Account,
    Command,
    PauseAccount,
    RecordProbe,
    RequestSentinel,
)
from slipway.provisioner.providers.driver import ProviderDriver, ProviderProblem, Refused
from slipway.provisioner.providers.registry import no_account
from slipway.provisioner.vps.naming import sentinel_name

Resume = Callable[[str], Awaitable[None]]
"""Makes the operations of an account due after it works again. The argument is the account's id."""

_NOTHING_NEW_SECONDS = 5.0


class AccountProber:
    def __init__(
        self,
        store: EventStore,
        drivers: Mapping[str, ProviderDriver],
        *,
        installation: str,
        clock: Callable[[], datetime],
        resume: Resume,
    ) -> None:
        self._store = store
        self._drivers = drivers
        self._installation = installation
        self._clock = clock
        self._resume = resume
        self._fault_locks: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._fault_probes: Counter[str] = Counter()
        """Number of probes that reported faults have caused, by account id."""

    async def request_sentinels(self, meta: Meta) -> None:
        """Requests a sentinel for every account that has none.

        Called when a location is set to `act`.
        """
        for account_id in self._drivers:
            await self.request_sentinel(account_id, meta)

    async def request_sentinel(self, account_id: str, meta: Meta) -> None:
        """Requests a sentinel for the account. Does nothing if the account has one.

        The worker also calls this when it withholds an operation. The account may have been added
        to the settings after the location was set to `act`.
        """
        sentinel = sentinel_name(self._installation, account_id)
        await self._decide(RequestSentinel(account_id, sentinel, self._clock()), meta)

    async def report_fault(self, account_id: str, fault: Fault, meta: Meta) -> None:
        """Probes the account after a fault of one operation, and pauses it if the probe fails."""
        if fault.kind is FaultKind.RATE_LIMITED:
            return  # the rate limiter holds back all operations already; nothing is broken
        probes_before = self._fault_probes[account_id]
        async with self._fault_locks[account_id]:
            if self._fault_probes[account_id] != probes_before:
                return  # another report probed meanwhile; one probe for each would take too long
            account = await self._load(account_id)
            if account.fault is not None:
                return
            self._fault_probes[account_id] += 1
            found, _ = await self._ask(account_id, account)
            if found is None or found.kind is FaultKind.RATE_LIMITED:
                return
            kept = fault if fault.kind is FaultKind.AUTH else found
            await self._decide(PauseAccount(account_id, kept, self._clock()), meta)

    async def report_missing_sentinel(self, account_id: str, meta: Meta) -> None:
        """Probes the account, because a poll did not see its sentinel."""
        await self._probe(account_id, meta)

    async def step(self, claim: Claim) -> None:
        account_id = id_of(claim.stream)
        if not await self._probe(account_id, Meta(correlation_id=claim.stream)):
            await self._store.postpone(claim, _NOTHING_NEW_SECONDS)

    async def _probe(self, account_id: str, meta: Meta) -> list[Event]:
        """Probes the account once and returns the events recorded for the result."""
        account = await self._load(account_id)
        fault, found = await self._ask(account_id, account)
        if fault is not None and fault.kind is FaultKind.RATE_LIMITED:
            return []
        events = await self._decide(RecordProbe(account_id, fault, found, self._clock()), meta)
        if any(isinstance(each, AccountResumed | AccountProven) for each in events):
            await self._resume(account_id)
        return events

    async def _ask(self, account_id: str, account: Account) -> tuple[Fault | None, bool]:
        """Returns the provider's fault, if any, and whether the sentinel was found."""
        driver = self._drivers.get(account_id)
        if driver is None:
            return no_account(account_id), False
        if account.sentinel is None:
            return None, False
        try:
            return None, await _has_sentinel(driver, account.sentinel, proven=account.proven)
        except ProviderProblem as problem:
            return problem.fault, False

    async def _load(self, account_id: str) -> Account:
        return (await self._store.load(ACCOUNT, stream_of(CATEGORY, account_id))).state

    async def _decide(self, command: Command, meta: Meta) -> list[Event]:
        stream, now = stream_of(CATEGORY, command.account_id), self._clock()
        handled = await handle(self._store, ACCOUNT, stream, command, now=now, meta=meta)
        return [one.event for one in handled.recorded if isinstance(one.event, Event)]


async def _has_sentinel(driver: ProviderDriver, sentinel: str, *, proven: bool) -> bool:
    """Returns whether the sentinel exists. Creates it only if it was never found before.

    A sentinel that is missing later shows that another account answers, so it is not created again.
    """
    if not proven:
        await driver.create_sentinel(sentinel)
        return await driver.has_sentinel(sentinel)
    if not await driver.has_sentinel(sentinel):
        return False
    try:
        # The sentinel exists, so this creates nothing. It shows whether the token may write.
        await driver.create_sentinel(sentinel)
    except Refused as refused:
        if refused.fault.kind is FaultKind.AUTH:
            raise
    return True
