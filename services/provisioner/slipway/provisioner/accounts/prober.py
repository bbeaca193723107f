"""Probes provider accounts before and during a pause, and looks for their sentinel (H5, H31).

`worker` reports faults. `DueWork` calls `step` when a probe is due. When an account works again,
all operations that waited for the account become due immediately.
"""

import asyncio
from collections import Counter, defaultdict
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime, timedelta

from slipway.contracts.envelope import Event, Meta
from slipway.contracts.ids import id_of, stream_of
from slipway.contracts.vps import (
    AccountProven,
    AccountResumed,
    CreationsResumed,
    Fault,
    FaultKind,
    Spec,
    WithheldReason,
)
from slipway.eventstore.command_handling import handle
from slipway.eventstore.due_work import Claim
from slipway.eventstore.store import EventStore
from slipway.provisioner.accounts.creation_pauses import (
    CreationCommand,
    EndIdlePauses,
    PauseCreations,
    ResumeCreations,
    need_at_fault,
    needs_of,
)
from slipway.provisioner.accounts.decider import (
    ACCOUNT,
    CATEGORY,
    Account,
    Command,
    NoteThrottle,
    PauseAccount,
    RecordProbe,
    RequestSentinel,
)
from slipway.provisioner.providers.driver import ProviderDriver, ProviderProblem, Refused
from slipway.provisioner.providers.registry import no_account
from slipway.provisioner.specs import account_id_of
from slipway.provisioner.vps.naming import sentinel_name

Resume = Callable[[WithheldReason, str], Awaitable[None]]
"""Makes the operations due that waited for an account. The arguments are the reason that ended and
the account's id."""

_NOTHING_NEW_SECONDS = 5.0
_THROTTLE_TOLD_AFTER = timedelta(seconds=30)
_THROTTLE_FORGOTTEN_AFTER = timedelta(minutes=1)


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
        self._throttled: dict[str, tuple[datetime, datetime]] = {}
        """By account id: the times when the rate limiter first and last held a step back."""

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
            # The rate limiter holds back all operations already; nothing is broken.
            await self.report_throttle(account_id, meta)
            return
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

    async def pause_creations(self, spec: Spec, fault: Fault, meta: Meta) -> None:
        """Pauses all creations with the same need as this failed one (H37)."""
        account_id, needs = account_id_of(spec), need_at_fault(fault, spec)
        await self._decide(PauseCreations(account_id, needs, fault, self._clock()), meta)

    async def resume_creations(self, spec: Spec, meta: Meta) -> None:
        """Ends the pause of creations, because the provider accepted one."""
        await self._resume_creations(ResumeCreations(account_id_of(spec), needs_of(spec)), meta)

    async def _resume_creations(self, command: CreationCommand, meta: Meta) -> list[Event]:
        events = await self._decide(command, meta)
        if any(isinstance(each, CreationsResumed) for each in events):
            await self._resume(WithheldReason.CREATIONS_PAUSED, command.account_id)
        return events

    async def report_throttle(self, account_id: str, meta: Meta) -> None:
        """Records that the rate limiter holds steps back, but only if that lasts (H37)."""
        now = self._clock()
        since, seen = self._throttled.get(account_id, (now, now))
        if now - seen > _THROTTLE_FORGOTTEN_AFTER:
            since = now
        self._throttled[account_id] = since, now
        if now - since >= _THROTTLE_TOLD_AFTER:
            await self._decide(NoteThrottle(account_id, throttled=True, now=now), meta)

    async def step(self, claim: Claim) -> None:
        account_id, meta = id_of(claim.stream), Meta(correlation_id=claim.stream)
        account, now = await self._load(account_id), self._clock()
        events = await self._resume_creations(EndIdlePauses(account_id, now), meta)
        if account.throttle_check_at is not None and self._is_free(account_id, now):
            events += await self._decide(NoteThrottle(account_id, throttled=False, now=now), meta)
        if account.due is not None and account.due <= now:
            events += await self._probe(account_id, meta)
        if not events:
            await self._store.postpone(claim, _NOTHING_NEW_SECONDS)

    def _is_free(self, account_id: str, now: datetime) -> bool:
        """Returns whether no step of this process was held back in the last minute."""
        _, seen = self._throttled.setdefault(account_id, (now, now))
        return now - seen > _THROTTLE_FORGOTTEN_AFTER

    async def _probe(self, account_id: str, meta: Meta) -> list[Event]:
        """Probes the account once and returns the events recorded for the result."""
        account = await self._load(account_id)
        fault, found = await self._ask(account_id, account)
        if fault is not None and fault.kind is FaultKind.RATE_LIMITED:
            return []
        events = await self._decide(RecordProbe(account_id, fault, found, self._clock()), meta)
        if any(isinstance(each, AccountResumed | AccountProven) for each in events):
            await self._resume(WithheldReason.ACCOUNT_PAUSED, account_id)
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
