"""The operation under way and its phase, as folded from events (pure). `evolve` builds it."""

from dataclasses import dataclass
from datetime import datetime

from slipway.contracts.vps import AttemptStep, Fault, OperationKind


@dataclass(frozen=True)
class Waiting:
    """The next attempt goes out at this time."""

    until: datetime


@dataclass(frozen=True)
class Calling:
    """An attempt may be on its way to the provider. No other call is made meanwhile (H4)."""

    attempt: int
    step: AttemptStep
    not_after: datetime
    region: str | None = None


@dataclass(frozen=True)
class Watching:
    """The provider accepted the call. The server is polled until the effect is proven."""

    attempt: int
    step: AttemptStep
    since: datetime
    lookups: int = 0
    poll_at: datetime | None = None
    """None: soon, at the worker's pace."""
    action_ids: tuple[str, ...] = ()


@dataclass(frozen=True)
class Verifying:
    """The outcome of the call is unknown. The server is only polled, never called again (H14)."""

    step: AttemptStep
    since: datetime
    lookups: int
    poll_at: datetime
    resolved_manually: bool = False
    """An operator said that it is done; one lookup decides."""
    fault: Fault | None = None
    """Why the outcome is unknown; None if an operator resolved it."""

    @property
    def may_have_been_sent(self) -> bool:
        return self.fault is not None and self.fault.sent


@dataclass(frozen=True)
class AwaitingRelease:
    """GHL is asked to confirm the operation (H3, H33)."""

    nonce: str
    requested_at: datetime
    requests: int
    first_requested_at: datetime
    stalled: bool = False
    """GHL gave no answer for too long: operators were told, and an admin may release."""


@dataclass(frozen=True)
class Parked:
    """The operation waits for an operator."""

    fault: Fault


Phase = Waiting | Calling | Watching | Verifying | AwaitingRelease | Parked


@dataclass(frozen=True)
class Confirmation:
    """The operation may go out: GHL confirmed it for this request, or an admin did."""

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
    """Failures that looked like the whole account's, since the provider last accepted a call."""
    region_index: int = 0
    """Counts up with each region tried; the spec's regions take turns."""
    confirmation: Confirmation | None = None
    """One of GHL counts for one attempt."""
    by_admin: bool = False
    acknowledged: bool = False
    """The provider accepted a deletion: a later 404 proves it."""
    discarding: bool = False
    """The new server is broken and is being deleted; the next generation follows."""
    adopting: str | None = None
    """Provider id of the server that an admin named to be this VPS."""

    @property
    def waits_for_operator(self) -> bool:
        """Operators were told, and no call can be on its way to the provider."""
        match self.phase:
            case Parked():
                return True
            case AwaitingRelease(stalled=stalled):
                return stalled
            case Waiting() | Calling() | Watching() | Verifying():
                return False
