"""Handles entitlements, confirmed states and due expectations. `inbox` passes the events.

Entitlements and confirmed states are read from different topics. The customer directory stores
which entitlement a confirmed state belongs to. Read next: `decider`.
"""

from collections.abc import Callable
from datetime import datetime, timedelta

from slipway.contracts import subscriptions, vps
from slipway.contracts.envelope import Meta
from slipway.contracts.ids import stream_of, vps_id
from slipway.contracts.subscriptions import SubscriptionEvent, Verdict
from slipway.contracts.vps import Desired, SourceVersion, VpsEvent
from slipway.eventstore.command_handling import handle
from slipway.eventstore.due_work import Claim
from slipway.eventstore.store import EventStore
from slipway.notifier.customers import CustomerDirectory
from slipway.notifier.expectations.commands import (
    CheckOverdue,
    Command,
    EndHoldBack,
    Expect,
    HoldBack,
    Prove,
)
from slipway.notifier.expectations.decider import DECIDER

_PROVEN = {
    vps.VpsReady: Desired.RUNNING,
    vps.VpsResumed: Desired.RUNNING,
    vps.VpsSuspended: Desired.SUSPENDED,
    vps.VpsDeleted: Desired.ABSENT,
}

_CHANGES_HOLD_BACK = (
    vps.OperationWithheld,
    vps.WithholdingEnded,
    vps.OperationStarted,
    vps.VpsHeld,
    vps.VpsHoldReleased,
    vps.VpsIgnored,
)

_REPEATS_ENTITLEMENT = (
    subscriptions.EntitlementCheckRequested,
    subscriptions.EntitlementChecked,
    subscriptions.RecordNotShown,
    subscriptions.RecordReadRequested,
    subscriptions.RecordRead,
)
"""Events that repeat the entitlement of an earlier event, so they change no expectation."""


class ExpectationHandler:
    def __init__(
        self,
        store: EventStore,
        directory: CustomerDirectory,
        overdue_after: timedelta,
        *,
        clock: Callable[[], datetime],
        wake: Callable[[], None],
    ) -> None:
        self._store = store
        self._directory = directory
        self._overdue_after = overdue_after
        self._clock = clock
        self._wake = wake

    async def on_entitlement(
        self, event: SubscriptionEvent, source: SourceVersion, *, now: datetime, meta: Meta
    ) -> None:
        if isinstance(event, _REPEATS_ENTITLEMENT):
            return
        entitlement = event.entitlement
        await self._directory.record_subscription(entitlement)
        highest = await self._directory.highest_quantity(entitlement.subscription_id)
        for ordinal in range(1, highest + 1):
            beyond = entitlement.quantity is not None and ordinal > entitlement.quantity
            if beyond and entitlement.verdict is not Verdict.ABSENT:
                continue  # a smaller quantity waits for an admin's decision (H16)
            id_ = vps_id(entitlement.subscription_id, ordinal)
            expect = Expect(id_, entitlement, source, self._overdue_after)
            await self._decide(id_, expect, now, meta)
            await self._update_hold_back(id_, now, meta)

    async def on_vps(self, event: VpsEvent, *, now: datetime, meta: Meta) -> None:
        await self._directory.record_vps(event)
        proven = _PROVEN.get(type(event))
        if proven is not None:
            source = (await self._directory.info_of(event.vps_id)).source
            await self._decide(event.vps_id, Prove(event.vps_id, proven, source), now, meta)
        if isinstance(event, _CHANGES_HOLD_BACK):
            await self._update_hold_back(event.vps_id, now, meta)

    async def check_overdue(self, claim: Claim) -> None:
        """Reports a due expectation as missed if it is not met. Safe to repeat."""
        now = self._clock()
        meta = Meta.caused_by((await self._store.read(claim.stream))[-1])
        await handle(self._store, DECIDER, claim.stream, CheckOverdue(now), now=now, meta=meta)

    async def _update_hold_back(self, id_: str, now: datetime, meta: Meta) -> None:
        """Makes the expectation agree with the directory: held back by an admin, or not.

        It repeats this until both agree, because the directory may change in the meantime.
        """
        applied: bool | None = None
        while applied is not (held := (await self._directory.info_of(id_)).held_back):
            applied = held
            command = HoldBack() if held else EndHoldBack(now, self._overdue_after)
            await self._decide(id_, command, now, meta)

    async def _decide(self, id_: str, command: Command, now: datetime, meta: Meta) -> None:
        stream = stream_of(DECIDER.category, id_)
        handled = await handle(self._store, DECIDER, stream, command, now=now, meta=meta)
        if handled.recorded:
            self._wake()
