"""Admission control: an operation is sent only if location, account and brake allow it.

`worker` calls it before every attempt. If the store can't be read, the store's error ends the step,
and nothing is sent.
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
from slipway.provisioner.accounts.creation_pauses import TakeProbe, needs_of
from slipway.provisioner.accounts.decider import ACCOUNT, Account
from slipway.provisioner.safety import destruction_brake as brake
from slipway.provisioner.safety.destruction_brake import BRAKE, Limits, TakePermit
from slipway.provisioner.safety.location_mode import LOCATION
from slipway.provisioner.specs import account_id_of
from slipway.provisioner.vps.operation.next_operation import is_destructive, makes_server
from slipway.provisioner.vps.state import Vps

_ASK_AGAIN = timedelta(minutes=1)
"""Pause before a withheld operation is checked again. Usually it is resumed earlier, when the
reason for withholding ends."""

_AFTER_PROBE = timedelta(milliseconds=200)


@dataclass(frozen=True)
class Denial:
    reason: WithheldReason
    until: datetime


class Admission:
    def __init__(self, store: EventStore, limits: Limits, fleet_size: Callable[[], int]) -> None:
        self._store = store
        self._limits = limits
        self._fleet_size = fleet_size

    async def preview(self, state: Vps, kind: OperationKind, now: datetime) -> Denial | None:
        """Returns None if a call could be sent now. Consumes no probe and no permit."""
        denial, account = await self._check(state, now)
        if denial is not None:
            return denial
        if makes_server(state, kind):
            probes = _probes(account, state)
            if probes and max(probes) > now:
                return Denial(WithheldReason.CREATIONS_PAUSED, max(probes) + _AFTER_PROBE)
        if not _needs_permit(state, kind):
            return None
        engaged = (await self._store.load(BRAKE, brake.STREAM)).state.engaged
        return Denial(WithheldReason.BRAKE, now + _ASK_AGAIN) if engaged else None

    async def check_location_and_account(
        self, state: Vps, kind: OperationKind, now: datetime, meta: Meta
    ) -> Denial | None:
        """Returns None if the location is in mode `act` and the account is usable.

        While creations are paused, one of them gets None from time to time, as a probe (H37).
        """
        denial, account = await self._check(state, now)
        if denial is None and account.creation_pauses and makes_server(state, kind):
            return await self._take_probe(state, now, meta)
        return denial

    async def _check(self, state: Vps, now: datetime) -> tuple[Denial | None, Account]:
        location, account = await asyncio.gather(
            self._store.load(LOCATION, stream_of("location", state.location_id)),
            self.account_of(state),
        )
        if not location.state.acts:
            return Denial(WithheldReason.OBSERVE, now + _ASK_AGAIN), account
        if not account.is_usable:
            return Denial(WithheldReason.ACCOUNT_PAUSED, after_next_probe(account, now)), account
        return None, account

    async def _take_probe(self, state: Vps, now: datetime, meta: Meta) -> Denial | None:
        """Returns None if no pause concerns this creation, or if it is the probe."""
        assert state.spec is not None  # noqa: S101 - frozen by the first entitlement
        account_id, needs = account_id_of(state.spec), needs_of(state.spec)
        command, stream = TakeProbe(account_id, needs, now), stream_of(ACCOUNT.category, account_id)
        handled = await handle(self._store, ACCOUNT, stream, command, now=now, meta=meta)
        probes = _probes(handled.stream.state, state)
        if handled.recorded or not probes:
            return None
        return Denial(WithheldReason.CREATIONS_PAUSED, max(probes) + _AFTER_PROBE)

    async def take_permit(
        self, state: Vps, kind: OperationKind, operation_id: str, now: datetime, meta: Meta
    ) -> Denial | None:
        """Returns None if no permit is needed or one was granted, else a denial.

        Call this last, because a granted permit counts against the limit for its whole window.
        """
        if not _needs_permit(state, kind):
            return None
        command = TakePermit(
            vps_id=state.vps_id,
            operation_id=operation_id,
            kind=kind,
            now=now,
            fleet_size=self._fleet_size(),
            limits=self._limits,
        )
        handled = await handle(self._store, BRAKE, brake.STREAM, command, now=now, meta=meta)
        after = handled.stream.state
        if after.has_permit(operation_id) and not after.engaged:
            return None
        return Denial(WithheldReason.BRAKE, now + _ASK_AGAIN)

    async def account_of(self, state: Vps) -> Account:
        assert state.spec is not None  # noqa: S101 - frozen by the first entitlement
        stream = stream_of(ACCOUNT.category, account_id_of(state.spec))
        return (await self._store.load(ACCOUNT, stream)).state


def _needs_permit(state: Vps, kind: OperationKind) -> bool:
    """Returns whether the operation needs a permit. Requests of an admin need none."""
    by_admin = state.operation is not None and state.operation.by_admin
    return is_destructive(state, kind) and state.deletion_request is None and not by_admin


def _probes(account: Account, state: Vps) -> list[datetime]:
    """Returns the time of the next probe of each pause that concerns a creation of this VPS."""
    needs = needs_of(state.spec) if state.spec else ()
    return [pause.probe_at for pause in account.creation_pauses if pause.needs in needs]


def after_next_probe(account: Account, now: datetime) -> datetime:
    due = account.due or now + _ASK_AGAIN
    return max(due, now) + _AFTER_PROBE
