"""The operation under way and its phase, as folded from events (pure). `evolve` builds it."""

from dataclasses import dataclass
from datetime import datetime

from slipway.contracts.vps import AttemptStep, Fault, OperationKind


@dataclass(frozen=True)
class Waiting:
    """The next attempt is made at `until`."""

    until: datetime


@dataclass(frozen=True)
class Calling:
    """A call to the provider may be in progress. No other call is made meanwhile (H4)."""

    attempt: int
    step: AttemptStep
    not_after: datetime
    region: str | None = None


@dataclass(frozen=True)
class Watching:
    """The provider accepted the call. The server is polled until it shows the effect."""

    attempt: int
    step: AttemptStep
    since: datetime
    lookups: int = 0
    poll_at: datetime | None = None
    """None means soon. The worker chooses the pause."""
    action_ids: tuple[str, ...] = ()


@dataclass(frozen=True)
class Verifying:
    """The outcome of the call is unknown. In this phase the server is only polled (H14)."""

    step: AttemptStep
    since: datetime
    lookups: int
    poll_at: datetime
    resolved_manually: bool = False
    """True if an operator reported that the change is done. Then one lookup decides."""
    fault: Fault | None = None
    """Why the outcome is unknown; None if an operator resolved it."""

    @property
    def may_have_been_sent(self) -> bool:
        return self.fault is not None and self.fault.sent


@dataclass(frozen=True)
class AwaitingRelease:
    """The operation waits until GHL confirms it (H3, H33)."""

    nonce: str
    requested_at: datetime
    requests: int
    first_requested_at: datetime
    stalled: bool = False
    """True if GHL has not answered for too long. Operators are notified, and an admin may confirm
    the deletion instead."""


@dataclass(frozen=True)
class Parked:
    """The operation waits for an operator."""

    fault: Fault


Phase = Waiting | Calling | Watching | Verifying | AwaitingRelease | Parked


@dataclass(frozen=True)
class Confirmation:
    """GHL or an admin confirmed the operation, so it may be sent."""

    requested_at: datetime
    by_admin: bool


@dataclass(frozen=True)
class Operation:
    id: str
    kind: OperationKind
    generation: int
    name: str
    """The server's name at the provider."""
    phase: Phase
    attempts: int = 0
    """The number of the latest attempt."""
    failures: int = 0
    """Failed attempts since the operation started or an operator retried it."""
    failing_since: datetime | None = None
    """The time of the first of them."""
    account_failures: int = 0
    """Failures that may concern the whole account, since the provider last accepted a call."""
    region_index: int = 0
    """Number of regions tried so far. The spec's regions are tried in a cycle."""
    confirmation: Confirmation | None = None
    """A confirmation of GHL counts for one attempt."""
    by_admin: bool = False
    acknowledged: bool = False
    """True if the provider accepted the deletion. Then one 404 confirms that the server is gone."""
    discarding: bool = False
    """True while a new but broken server is deleted. Then the next generation is created."""
    adopting: str | None = None
    """Provider id of the server that an admin chose as the server of this VPS."""

    @property
    def waits_for_operator(self) -> bool:
        """Returns whether operators were notified and no call to the provider is in progress."""
        match self.phase:
            case Parked():
                return True
            case AwaitingRelease(stalled=stalled):
                return stalled
            case Waiting() | Calling() | Watching() | Verifying():
                return False
