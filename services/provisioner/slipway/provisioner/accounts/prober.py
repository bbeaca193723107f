"""Probes accounts: before one is paused, while it is paused, and to see its sentinel (H5, H31).

`worker` reports faults; `DueWork` calls `step` when a probe is due. When an account works again,
all operations that waited for it fall due at once.
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
"""Called with the reason that ended and the id of its account."""

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
        """By account: how many probes a reported fault has caused."""
        self._throttled: dict[str, tuple[datetime, datetime]] = {}
        """By account: since when its requests are used up, and when that was last noticed."""

    async def request_sentinels(self, meta: Meta) -> None:
        """A location began to act, so every account without a sentinel gets one."""
        for account_id in self._drivers:
            await self.request_sentinel(account_id, meta)

    async def request_sentinel(self, account_id: str, meta: Meta) -> None:
        """Also for an account that was added to the settings later. Does nothing if it has one."""
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
                return  # another report probed meanwhile; one probe each would outlast every lease
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
        """A creation met a cause that all creations with the same need share (H37)."""
        account_id, needs = account_id_of(spec), need_at_fault(fault, spec)
        await self._decide(PauseCreations(account_id, needs, fault, self._clock()), meta)

    async def resume_creations(self, spec: Spec, meta: Meta) -> None:
        """The provider accepted a creation: those that were paused continue."""
        await self._resume_creations(ResumeCreations(account_id_of(spec), needs_of(spec)), meta)

    async def _resume_creations(self, command: CreationCommand, meta: Meta) -> list[Event]:
        events = await self._decide(command, meta)
        if any(isinstance(each, CreationsResumed) for each in events):
            await self._resume(WithheldReason.CREATIONS_PAUSED, command.account_id)
        return events

    async def report_throttle(self, account_id: str, meta: Meta) -> None:
        """The rate limiter holds a step back. Recorded only if that lasts (H37)."""
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
        """Returns whether no step of this process was held back for a while."""
        _, seen = self._throttled.setdefault(account_id, (now, now))
        return now - seen > _THROTTLE_FORGOTTEN_AFTER

    async def _probe(self, account_id: str, meta: Meta) -> list[Event]:
        """Returns the events that the probe led to."""
        account = await self._load(account_id)
        fault, found = await self._ask(account_id, account)
        if fault is not None and fault.kind is FaultKind.RATE_LIMITED:
            return []
        events = await self._decide(RecordProbe(account_id, fault, found, self._clock()), meta)
        if any(isinstance(each, AccountResumed | AccountProven) for each in events):
            await self._resume(WithheldReason.ACCOUNT_PAUSED, account_id)
        return events

    async def _ask(self, account_id: str, account: Account) -> tuple[Fault | None, bool]:
        """Returns the provider's fault, if any, and whether the sentinel is there."""
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
    """Creates the sentinel before the first proof only. Missing later, it means another account."""
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
