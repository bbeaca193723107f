"""Makes withheld operations due when the reason for withholding has ended (H31).

`command_inbox` and `prober` call it. If the process dies before all operations are due, the worker
checks the others within a minute.
"""

from collections.abc import Callable
from datetime import datetime

from slipway.contracts.envelope import Meta
from slipway.contracts.vps import WithheldReason
from slipway.eventstore.command_handling import handle
from slipway.eventstore.store import EventStore
from slipway.provisioner.specs import account_id_of
from slipway.provisioner.vps.decider import VPS
from slipway.provisioner.vps.operation.withholding import EndWithholding
from slipway.provisioner.vps.state import Vps


class Resumer:
    def __init__(
        self, store: EventStore, clock: Callable[[], datetime], wake: Callable[[], None]
    ) -> None:
        self._store = store
        self._clock = clock
        self._wake = wake

    async def resume(self, reason: WithheldReason, place: str | None = None) -> None:
        """Makes the operations due that are withheld for this reason.

        `place` is the id of a location or an account. If it is given, only operations of this
        location or account become due.
        """
        for stream in await self._store.find_by_state_field(VPS, "withheld"):
            state = stream.state
            if not _is_at(state, place) or not _is_withheld(state, reason):
                continue
            now, wanted = self._clock(), state.desired_state
            meta = Meta(
                correlation_id=(wanted.correlation_id if wanted else None) or state.vps_id,
                traceparent=wanted.traceparent if wanted else None,
            )
            command = EndWithholding(now, reason)
            await handle(self._store, VPS, stream.id, command, now=now, meta=meta)
        self._wake()


def _is_withheld(state: Vps, reason: WithheldReason) -> bool:
    return state.withheld is not None and state.withheld.reason is reason


def _is_at(state: Vps, place: str | None) -> bool:
    account_id = account_id_of(state.spec) if state.spec else None
    return place is None or place in {state.location_id, account_id}
