"""Holds the result of one poll together with the polled operation (pure).

`proof` decides what the result confirms.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from slipway.contracts import vps
from slipway.contracts.vps import Fault, FaultKind, OperationKind, VpsEvent
from slipway.provisioner.vps.operation.failures import Failure, attempt_failed, parked
from slipway.provisioner.vps.operation.state import Operation, Verifying, Watching
from slipway.provisioner.vps.state import ActionStatus, EventIds, Power, Vps

PATIENCE = {
    OperationKind.CREATE: timedelta(minutes=30),
    OperationKind.DELETE: timedelta(minutes=10),
    OperationKind.SUSPEND: timedelta(minutes=10),
    OperationKind.RESUME: timedelta(minutes=10),
}
"""How long an accepted call may take to show its effect."""


@dataclass(frozen=True)
class ServerObservation:
    """A server as the provider returned it when it was read by id."""

    provider_id: str
    ours: bool
    """Its labels name this VPS and the operation's generation."""
    alive: bool
    """False while the provider deletes the server."""
    power: Power
    ipv4: str | None = None
    ipv6: str | None = None
    region: str | None = None


@dataclass(frozen=True)
class Observe:
    now: datetime
    server: ServerObservation | None
    account_proven: bool
    """True if the server was found, or if the account's sentinel was found after the lookup."""
    actions: ActionStatus
    settle: timedelta
    """How long a new server may be missing from the provider's lists."""
    jitter: float


@dataclass(frozen=True)
class PolledOperation:
    """An operation after its call to the provider, with the result of one poll."""

    seen: Observe
    state: Vps
    operation: Operation
    phase: Watching | Verifying

    def event_ids(self) -> EventIds:
        return self.state.event_ids(self.seen.now)

    @property
    def deletes(self) -> bool:
        return self.operation.discarding or self.operation.kind is OperationKind.DELETE

    @property
    def resolved_manually(self) -> bool:
        return isinstance(self.phase, Verifying) and self.phase.resolved_manually

    @property
    def takes_too_long(self) -> bool:
        return self.seen.now - self.phase.since > PATIENCE[self.operation.kind]

    def without_effect(
        self, code: str, message: str, kind: FaultKind = FaultKind.TRANSIENT
    ) -> list[VpsEvent]:
        """Returns the events for a call that had no effect.

        Returns `OperationParked` if an operator had resolved the operation manually. Otherwise
        returns `AttemptFailed`, and also `OperationParked` after the last attempt.
        """
        fault = fault_of(code, message, kind)
        if self.resolved_manually:
            return [self.parked(fault)]
        return self.failed(fault)

    def failed(self, fault: Fault) -> list[VpsEvent]:
        failure = Failure(fault, self.seen.jitter)
        state, now = self.state, self.seen.now
        return [*attempt_failed(failure, state, self.operation, self.phase, now)]

    def parked(self, fault: Fault) -> vps.OperationParked:
        return parked(self.state, self.operation, fault, self.seen.now)


def fault_of(code: str, message: str, kind: FaultKind = FaultKind.TRANSIENT) -> Fault:
    return Fault(kind=kind, code=code, message=message)
