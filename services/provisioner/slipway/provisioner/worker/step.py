"""Holds the stream, time and deadline of one step for one claimed VPS."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from slipway.contracts.envelope import Meta
from slipway.contracts.vps import Spec
from slipway.eventstore.command_handling import handle, handle_loaded
from slipway.eventstore.due_work import Claim
from slipway.eventstore.store import EventStore
from slipway.eventstore.stream import Stream
from slipway.provisioner.specs import account_id_of
from slipway.provisioner.vps.decider import VPS, Command
from slipway.provisioner.vps.operation.next_step import ATTEMPT_SECONDS
from slipway.provisioner.vps.operation.state import Operation
from slipway.provisioner.vps.state import Vps
from slipway.telemetry import traces


@dataclass(frozen=True)
class Sources:
    """Functions that return the time, the `CLOCK_BOOTTIME`, a new id or a random number."""

    clock: Callable[[], datetime]
    boot_time: Callable[[], float]
    new_id: Callable[[], str]
    random: Callable[[], float]


@dataclass(frozen=True)
class Step:
    store: EventStore
    clock: Callable[[], datetime]
    claim: Claim
    stream: Stream[Vps]
    now: datetime
    deadline: float
    """Boot time until which a call may be written to the socket."""

    @property
    def state(self) -> Vps:
        return self.stream.state

    @property
    def not_after(self) -> datetime:
        return self.now + timedelta(seconds=ATTEMPT_SECONDS)

    @property
    def spec(self) -> Spec:
        assert self.state.spec is not None  # noqa: S101 - frozen by the first entitlement
        return self.state.spec

    @property
    def account_id(self) -> str:
        return account_id_of(self.spec)

    @property
    def operation(self) -> Operation:
        assert self.state.operation is not None  # noqa: S101 - the next step says so
        return self.state.operation

    def meta(self) -> Meta:
        wanted = self.state.desired_state
        return Meta(
            correlation_id=(wanted.correlation_id if wanted else None) or self.state.vps_id,
            traceparent=traces.current_traceparent() or (wanted.traceparent if wanted else None),
        )

    async def append(self, command: Command) -> Stream[Vps]:
        """Handles the command and returns the new stream, or the same object if nothing changed.

        Raises VersionConflict if the stream has changed since the claim, because the admission
        check or the poll was made for the claimed version.
        """
        now, meta = self.clock(), self.meta()
        handled = await handle_loaded(self.store, VPS, self.stream, command, now=now, meta=meta)
        return handled.stream if handled.recorded else self.stream

    async def append_in_any_case(self, command: Command) -> None:
        """Handles the command on the newest version of the stream.

        The result of a call must be recorded even if the stream has changed since the claim.
        """
        now, meta = self.clock(), self.meta()
        await handle(self.store, VPS, self.claim.stream, command, now=now, meta=meta)

    async def postpone(self, seconds: float) -> None:
        await self.store.postpone(self.claim, seconds)

    async def postpone_until(self, until: datetime) -> None:
        """Postpones the step until this time of our clock.

        The store gets the seconds to wait, because the database's clock may differ from ours.
        """
        await self.postpone(max((until - self.now).total_seconds(), 0.0))
