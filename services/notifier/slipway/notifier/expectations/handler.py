"""From entitlements and proofs to expectations: what should happen by when. `inbox` hands in.

The two come on different topics, so the newest entitlement behind each proof is kept on the VPS's
card. Next: `expectation`.
"""

from collections.abc import Callable
from datetime import datetime, timedelta

from slipway.contracts import subscriptions, vps
from slipway.contracts.envelope import Meta
from slipway.contracts.ids import stream_of, vps_id
from slipway.contracts.subscriptions import SubscriptionEvent, Verdict
from slipway.contracts.vps import Desired, SourceVersion, VpsEvent
from slipway.eventstore.command_handling import handle
from slipway.eventstore.store import EventStore
from slipway.notifier.customers import Directory
from slipway.notifier.expectations import decider as expectation

_PROVEN = {
    vps.VpsReady: Desired.RUNNING,
    vps.VpsResumed: Desired.RUNNING,
    vps.VpsSuspended: Desired.SUSPENDED,
    vps.VpsDeleted: Desired.ABSENT,
}

_STANDS_IN_THE_WAY_OR_NO_LONGER = (
    vps.OperationWithheld,
    vps.WithholdingEnded,
    vps.OperationStarted,
    vps.VpsHeld,
    vps.VpsHoldLifted,
    vps.VpsIgnored,
)

_THE_SAME_AGAIN = (
    subscriptions.EntitlementCheckRequested,
    subscriptions.EntitlementChecked,
    subscriptions.RecordReadRequested,
    subscriptions.RecordRead,
)
"""They repeat the entitlement that an event before them brought."""


class Promises:
    def __init__(
        self,
        store: EventStore,
        directory: Directory,
        promise: timedelta,
        wake: Callable[[], None],
    ) -> None:
        self._store = store
        self._directory = directory
        self._promise = promise
        self._wake = wake

    async def on_entitlement(
        self, event: SubscriptionEvent, source: SourceVersion, *, now: datetime, meta: Meta
    ) -> None:
        if isinstance(event, _THE_SAME_AGAIN):
            return
        entitlement = event.entitlement
        await self._directory.note_subscription(entitlement)
        highest = await self._directory.ordinals(entitlement.subscription_id)
        for ordinal in range(1, highest + 1):
            beyond = entitlement.quantity is not None and ordinal > entitlement.quantity
            if beyond and entitlement.verdict is not Verdict.ABSENT:
                continue  # a decrease waits for a person (H16)
            id_ = vps_id(entitlement.subscription_id, ordinal)
            expect = expectation.Expect(id_, entitlement, source, self._promise)
            await self._decide(id_, expect, now, meta)
            await self._hold_back_or_go_on(id_, now, meta)

    async def on_vps(self, event: VpsEvent, *, now: datetime, meta: Meta) -> None:
        await self._directory.note_vps(event)
        proven = _PROVEN.get(type(event))
        if proven is not None:
            known = (await self._directory.card(event.vps_id)).source
            prove = expectation.Prove(event.vps_id, proven, known)
            await self._decide(event.vps_id, prove, now, meta)
        if isinstance(event, _STANDS_IN_THE_WAY_OR_NO_LONGER):
            await self._hold_back_or_go_on(event.vps_id, now, meta)

    async def _hold_back_or_go_on(self, id_: str, now: datetime, meta: Meta) -> None:
        """Until card and expectation agree: the card may change while we act on it."""
        held: bool | None = None
        while held is not (wanted := (await self._directory.card(id_)).held_back):
            held = wanted
            command = expectation.HoldBack() if held else expectation.GoOn(now, self._promise)
            await self._decide(id_, command, now, meta)

    async def _decide(
        self, id_: str, command: expectation.Command, now: datetime, meta: Meta
    ) -> None:
        stream = stream_of(expectation.DECIDER.category, id_)
        handled = await handle(
            self._store, expectation.DECIDER, stream, command, now=now, meta=meta
        )
        if handled.recorded:
            self._wake()
