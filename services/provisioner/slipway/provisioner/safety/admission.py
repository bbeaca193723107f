"""Whether an operation may go out now: the location acts, the account works, the brake permits.

`worker` asks before every attempt. Unreadable means no: the store's error ends the step.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from slipway.contracts.envelope import Meta
from slipway.contracts.ids import stream_of
from slipway.contracts.vps import OperationKind, WithheldReason
from slipway.eventstore.command_handling import handle
from slipway.eventstore.store import EventStore
from slipway.provisioner.accounts.decider import SCOPE, Scope
from slipway.provisioner.safety import destruction_brake as brake
from slipway.provisioner.safety.destruction_brake import BRAKE, Limits, TakePermit
from slipway.provisioner.safety.location_mode import LOCATION
from slipway.provisioner.specs import account_of
from slipway.provisioner.vps.operation import destructive
from slipway.provisioner.vps.state import Vps

_LOOK_AGAIN = timedelta(minutes=1)
"""What is withheld is woken when its reason ends; this is the safety net."""


@dataclass(frozen=True)
class HeldBack:
    reason: WithheldReason | None
    """None: the provider's rate limit, which is over soon and recorded nowhere."""
    until: datetime


class Gate:
    def __init__(self, store: EventStore, limits: Limits, fleet: Callable[[], int]) -> None:
        self._store = store
        self._limits = limits
        self._fleet = fleet

    async def closed(self, state: Vps, now: datetime) -> HeldBack | None:
        """None: the location acts and the account works."""
        location, scope = await asyncio.gather(
            self._store.load(LOCATION, stream_of("location", state.location_id)),
            self.scope_of(state),
        )
        if not location.state.acts:
            return HeldBack(WithheldReason.OBSERVE, now + _LOOK_AGAIN)
        if not scope.open_for_work:
            return HeldBack(WithheldReason.ACCOUNT_PAUSED, next_look(scope, now))
        return None

    async def braked(
        self, state: Vps, kind: OperationKind, operation_id: str, now: datetime, meta: Meta
    ) -> HeldBack | None:
        """None: it needs no permit, or has one now. Asked last: a permit counts for its window."""
        # What a person ordered by name needs no second permission.
        ordered = state.order is not None or (state.operation and state.operation.by_admin)
        if not destructive(state, kind) or ordered:
            return None
        if await self._permitted(state, kind, operation_id, now, meta):
            return None
        return HeldBack(WithheldReason.BRAKE, now + _LOOK_AGAIN)

    async def scope_of(self, state: Vps) -> Scope:
        assert state.spec is not None  # noqa: S101 - frozen by the first entitlement
        return (await self._store.load(SCOPE, stream_of("scope", account_of(state.spec)))).state

    async def _permitted(
        self,
        state: Vps,
        kind: OperationKind,
        operation_id: str,
        now: datetime,
        meta: Meta,
    ) -> bool:
        command = TakePermit(
            vps_id=state.vps_id,
            operation_id=operation_id,
            kind=kind,
            now=now,
            fleet=self._fleet(),
            limits=self._limits,
        )
        handled = await handle(self._store, BRAKE, brake.STREAM, command, now=now, meta=meta)
        return handled.stream.state.permits_(operation_id) and not handled.stream.state.engaged


def next_look(scope: Scope, now: datetime) -> datetime:
    """Just after its next probe."""
    due = scope.due or now + _LOOK_AGAIN
    return max(due, now) + timedelta(milliseconds=200)
