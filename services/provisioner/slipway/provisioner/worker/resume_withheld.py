"""Wakes what was held back when its reason ends: all of a location, an account, or the brake (H31).

`inbox` and `probing` call it. Killed in the middle, the rest is looked at within a minute anyway.
"""

from collections.abc import Callable
from datetime import datetime

from slipway.contracts.envelope import Meta
from slipway.contracts.vps import WithheldReason
from slipway.eventstore.command_handling import handle
from slipway.eventstore.store import EventStore
from slipway.provisioner.specs import account_of
from slipway.provisioner.vps.decider import VPS, EndWithholding
from slipway.provisioner.vps.state import Vps


class Withheld:
    def __init__(
        self, store: EventStore, clock: Callable[[], datetime], wake: Callable[[], None]
    ) -> None:
        self._store = store
        self._clock = clock
        self._wake = wake

    async def end(self, reason: WithheldReason, where: str | None) -> None:
        """`where`: the location or the account; None: everywhere."""
        for stream in await self._store.find_by_state_field(VPS, "withheld"):
            state = stream.state
            if not _is_at(state, where) or not _is_withheld(state, reason):
                continue
            now = self._clock()
            wanted = state.wanted
            meta = Meta(
                correlation_id=(wanted.correlation_id if wanted else None) or state.vps_id,
                traceparent=wanted.traceparent if wanted else None,
            )
            await handle(
                self._store, VPS, stream.id, EndWithholding(now, reason), now=now, meta=meta
            )
        self._wake()


def _is_withheld(state: Vps, reason: WithheldReason) -> bool:
    return state.withheld is not None and state.withheld.reason is reason


def _is_at(state: Vps, where: str | None) -> bool:
    account = account_of(state.spec) if state.spec else None
    return where is None or where in {state.location_id, account}
