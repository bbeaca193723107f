"""What to do next (pure): `next_operation` from wanted and observed, `errand` for the worker.

`vps` asks before it decides, `evolution` for the due time, `worker` for what to do with a claim.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum, auto

from slipway.contracts.vps import Desired, Drift, OperationKind
from slipway.provisioner.vps.state import (
    AskingRelease,
    Calling,
    Doubting,
    Operation,
    Parked,
    Power,
    Vps,
    Waiting,
    Watching,
)

ATTEMPT_SECONDS = 5.0
"""How long after its announcement an attempt may still be written to the socket."""
CALL_TIMEOUT_SECONDS = 20.0
"""How long the provider may take after that; both together stay under the lease of 30 s."""
RELEASE_VALID = timedelta(minutes=2)
"""A `gone` counts only for a nonce asked this recently (H3)."""
ASK_AGAIN = timedelta(seconds=30)
_LONGEST_ASK = timedelta(minutes=2)
_LONGEST_STALLED_ASK = timedelta(minutes=10)


class Observed(Enum):
    NOTHING = auto()
    ON = auto()
    OFF = auto()


@dataclass(frozen=True)
class Next:
    kind: OperationKind
    due_at: datetime | None
    """None: at once."""


_TABLE = {
    (Desired.RUNNING, Observed.NOTHING): OperationKind.CREATE,
    (Desired.RUNNING, Observed.ON): None,
    (Desired.RUNNING, Observed.OFF): OperationKind.RESUME,
    (Desired.SUSPENDED, Observed.NOTHING): None,
    (Desired.SUSPENDED, Observed.ON): OperationKind.SUSPEND,
    (Desired.SUSPENDED, Observed.OFF): None,
    (Desired.ABSENT, Observed.NOTHING): None,
    (Desired.ABSENT, Observed.ON): OperationKind.DELETE,
    (Desired.ABSENT, Observed.OFF): OperationKind.DELETE,
}


def observed(state: Vps) -> Observed:
    """Power unknown counts as on: what isn't proven off still serves its owner."""
    if state.server is None:
        return Observed.NOTHING
    return Observed.OFF if state.server.power is Power.OFF else Observed.ON


def desired(state: Vps) -> Desired | None:
    if state.order is not None:
        return Desired.ABSENT
    return None if state.wanted is None else state.wanted.desired


def next_operation(state: Vps, now: datetime) -> Next | None:  # noqa: PLR0911 - a table with its exceptions
    """The one change that brings observed nearer to desired; None where nothing is to be done."""
    wanted, target, seen = state.wanted, desired(state), observed(state)
    if state.ignored or wanted is None or target is None:
        return None
    missing = Drift.MISSING in state.drifts
    if missing and target is not Desired.ABSENT and not state.creation_ordered:
        return None  # a payer's once-ready server is never replaced by itself (H17)
    if missing and state.creation_ordered and target is Desired.RUNNING:
        return Next(OperationKind.CREATE, None)
    kind = _TABLE[target, seen]
    if kind is OperationKind.SUSPEND:
        return Next(kind, wanted.suspend_at)
    if kind is not OperationKind.DELETE:
        return None if kind is None else Next(kind, None)
    if state.order is not None:
        return Next(kind, None)
    holding = wanted.delete_at is not None and wanted.delete_at > now
    if holding and seen is Observed.ON and not missing:
        return Next(OperationKind.SUSPEND, wanted.suspend_at)
    return Next(OperationKind.DELETE, wanted.delete_at)


def destructive(state: Vps, kind: OperationKind) -> bool:
    """What takes a permit from the brake: suspensions, deletions and re-creations (H17)."""
    match kind:
        case OperationKind.SUSPEND | OperationKind.DELETE:
            return True
        case OperationKind.CREATE if state.operation is not None:
            # The first one tried again is no re-creation; deleting what came out broken destroys.
            return state.operation.discarding or state.operation.generation > 1
        case OperationKind.CREATE:
            return state.generation >= 1 and not state.creation_ordered
        case OperationKind.RESUME:
            return False


class Errand(Enum):
    """What the worker does with a claimed stream that is due."""

    NOTHING = auto()
    BEGIN = auto()
    ATTEMPT = auto()
    ASK_RELEASE = auto()
    DOUBT = auto()
    LOOK = auto()
    OVERTAKE = auto()


def errand(state: Vps, now: datetime) -> Errand:  # noqa: C901, PLR0911 - one line for each phase
    if state.ignored:
        return Errand.NOTHING
    operation = state.operation
    if operation is None:
        upcoming = None if state.held else next_operation(state, now)
        due = upcoming is not None and (upcoming.due_at is None or upcoming.due_at <= now)
        return Errand.BEGIN if due else Errand.NOTHING
    match operation.phase:
        case Waiting() | AskingRelease() | Watching() if overtaken(state, now):
            return Errand.OVERTAKE
        case Waiting(until):
            if state.held or until > now:
                return Errand.NOTHING
            return Errand.ATTEMPT if has_key(operation, now) else Errand.ASK_RELEASE
        case AskingRelease():
            return Errand.NOTHING if state.held else Errand.ASK_RELEASE
        case Calling():
            return Errand.DOUBT
        case Watching() | Doubting():
            return Errand.LOOK
        case Parked():
            return Errand.NOTHING


def has_key(operation: Operation, now: datetime) -> bool:
    """Only the deletion of what may hold a customer's data needs the second key."""
    if operation.kind is not OperationKind.DELETE:
        return True
    key = operation.key
    return key is not None and (key.by_admin or now - key.requested_at < RELEASE_VALID)


def overtaken(state: Vps, now: datetime) -> bool:
    """What is being done is no longer what is wanted, and may be dropped where it stands."""
    operation = state.operation
    if operation is None or _committed(operation):
        return False
    if operation.kind is OperationKind.CREATE and state.server is not None:
        return desired(state) is not Desired.RUNNING  # made, not yet ready
    if isinstance(operation.phase, Watching):
        return False
    upcoming = next_operation(state, now)
    if upcoming is None or upcoming.kind is not operation.kind:
        return True
    return upcoming.due_at is not None and upcoming.due_at > now


def _committed(operation: Operation) -> bool:
    """Something may be on its way, so first find out; or a server is half taken or half gone."""
    if isinstance(operation.phase, Calling | Doubting):
        return True
    half = operation.discarding or operation.adopting is not None
    return half and not isinstance(operation.phase, Parked)


def due_at(state: Vps) -> datetime | None:
    """When the stream needs the worker next."""
    if state.ignored or state.at is None:
        return None
    due = _due(state, state.at)
    if due is None or state.withheld is None or state.withheld.retry_at is None:
        return due
    return max(due, state.withheld.retry_at)


def _due(state: Vps, at: datetime) -> datetime | None:  # noqa: C901, PLR0911 - one line for each phase
    operation = state.operation
    if operation is None:
        upcoming = None if state.held else next_operation(state, at)
        return None if upcoming is None else upcoming.due_at or at
    match operation.phase:
        case Waiting(until):
            return None if state.held and not overtaken(state, at) else until
        case Calling() as calling:
            return calling.not_after + timedelta(seconds=CALL_TIMEOUT_SECONDS)
        case Watching(poll_at=poll_at):
            return poll_at or at
        case Doubting(poll_at=poll_at):
            return poll_at
        case AskingRelease() if state.held:
            return None
        case AskingRelease(requested_at=requested_at, asks=asks, stalled=stalled):
            longest = _LONGEST_STALLED_ASK if stalled else _LONGEST_ASK
            return requested_at + min(ASK_AGAIN * 2.0 ** min(asks - 1, 10), longest)
        case Parked():
            return None


def is_open(state: Vps) -> bool:
    """Work is outstanding that nobody but the worker brings on."""
    if state.ignored or state.held:
        return False
    if state.operation is not None:
        return not state.operation.at_rest
    return state.at is not None and next_operation(state, state.at) is not None
