"""Derives the next operation from the desired state and the observed server (pure)."""

from dataclasses import dataclass
from datetime import datetime
from enum import Enum, auto

from slipway.contracts.vps import Desired, Drift, OperationKind
from slipway.provisioner.vps.state import Power, Vps


class Observed(Enum):
    NOTHING = auto()
    ON = auto()
    OFF = auto()


@dataclass(frozen=True)
class NextOperation:
    kind: OperationKind
    due_at: datetime | None
    """None means immediately."""


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
    """Returns what is known of the server.

    An unknown power state counts as on, because the server may still serve its customer.
    """
    if state.server is None:
        return Observed.NOTHING
    return Observed.OFF if state.server.power is Power.OFF else Observed.ON


def target(state: Vps) -> Desired | None:
    """Returns the state to reach. An admin's deletion request overrides the entitlement."""
    if state.deletion_request is not None:
        return Desired.ABSENT
    return None if state.desired_state is None else state.desired_state.desired


def next_operation(state: Vps, now: datetime) -> NextOperation | None:  # noqa: PLR0911 - a table with its exceptions
    """Returns the next operation towards the desired state.

    Returns None if no operation is needed or allowed.
    """
    wanted, aim, seen = state.desired_state, target(state), observed(state)
    if state.ignored or wanted is None or aim is None:
        return None
    missing = Drift.MISSING in state.drifts
    if missing and aim is not Desired.ABSENT and not state.creation_requested:
        return None  # a paying customer's server is never replaced automatically (H17)
    if missing and state.creation_requested and aim is Desired.RUNNING:
        return NextOperation(OperationKind.CREATE, None)
    kind = _TABLE[aim, seen]
    if kind is OperationKind.SUSPEND:
        return NextOperation(kind, wanted.suspend_at)
    if kind is not OperationKind.DELETE:
        return None if kind is None else NextOperation(kind, None)
    if state.deletion_request is not None:
        return NextOperation(kind, None)
    on_hold = wanted.delete_at is not None and wanted.delete_at > now
    if on_hold and seen is Observed.ON and not missing:
        return NextOperation(OperationKind.SUSPEND, wanted.suspend_at)
    return NextOperation(OperationKind.DELETE, wanted.delete_at)


def is_destructive(state: Vps, kind: OperationKind) -> bool:
    """Returns whether the operation needs a permit: a suspension, deletion or re-creation (H17)."""
    match kind:
        case OperationKind.SUSPEND | OperationKind.DELETE:
            return True
        case OperationKind.CREATE if state.operation is not None:
            # A retried first creation is no re-creation. Deleting a broken server is destructive.
            return state.operation.discarding or state.operation.generation > 1
        case OperationKind.CREATE:
            return state.generation >= 1 and not state.creation_requested
        case OperationKind.RESUME:
            return False
