"""Derives the next operation from the desired state and the observed server (pure)."""

from dataclasses import dataclass
from datetime import datetime
from enum import Enum, auto

from slipway.contracts.vps import Desired, Drift, OperationKind
from slipway.provisioner.vps.state import DesiredState, Power, Vps


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


def target(state: Vps, now: datetime) -> Desired | None:
    """Returns the state to reach. An admin's deletion request overrides the entitlement."""
    if state.deletion_request is not None:
        return Desired.ABSENT
    if state.desired_state is None:
        return None
    return Desired.RUNNING if state.is_paid_for(now) else state.desired_state.desired


def next_operation(state: Vps, now: datetime) -> NextOperation | None:
    """Returns the next operation towards the desired state.

    Returns None if no operation is needed or allowed.
    """
    wanted, aim = state.desired_state, target(state, now)
    if state.ignored or wanted is None or aim is None:
        return None
    if state.is_paid_for(now):
        return _while_paid_for(state, wanted)
    return _towards(aim, wanted, state, now)


def _towards(aim: Desired, wanted: DesiredState, state: Vps, now: datetime) -> NextOperation | None:  # noqa: PLR0911 - a table with its exceptions
    seen = observed(state)
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


def _while_paid_for(state: Vps, wanted: DesiredState) -> NextOperation | None:
    """Returns the operation for a cancelled customer who has paid for a server until `suspend_at`.

    A lost server is not replaced, as for every customer (H17).
    """
    seen = observed(state)
    if Drift.MISSING in state.drifts:
        if not state.creation_requested:
            return NextOperation(kind=OperationKind.DELETE, due_at=wanted.delete_at)
        return NextOperation(OperationKind.CREATE, None)
    if seen is Observed.ON:
        return NextOperation(OperationKind.SUSPEND, wanted.suspend_at)
    kind = _TABLE[Desired.RUNNING, seen]
    is_over = seen is Observed.NOTHING and state.absence_proven
    return None if kind is None or is_over else NextOperation(kind, None)


def makes_server(state: Vps, kind: OperationKind) -> bool:
    """Returns whether the next call of the operation creates a server at the provider."""
    operation = state.operation
    takes_over = operation is not None and operation.adopting is not None
    exists = operation is not None and state.server is not None
    return kind is OperationKind.CREATE and not takes_over and not exists


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
