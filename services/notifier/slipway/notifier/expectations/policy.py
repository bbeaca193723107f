"""Expectation policy: the change that an entitlement requires, and what fulfils it (pure).

`decider` and `state` use it.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from slipway.contracts.subscriptions import Entitlement, Verdict
from slipway.contracts.vps import Desired, OperationKind


@dataclass(frozen=True)
class ExpectedChange:
    kind: OperationKind
    due_from: datetime | None = None
    """When the change is due, by a date of GHL. None if it is due at the decision."""
    delete_by: datetime | None = None
    """Set for a suspension during the plan's hold: until when the deletion is expected."""


def expected_change(
    entitlement: Entitlement, proven: Desired, overdue_after: timedelta, *, may_exist: bool
) -> ExpectedChange | None:
    """Returns the change that the entitlement requires.

    Returns None if the confirmed state is right, or if the entitlement does not say what is right.
    `may_exist` says that a server may exist although the confirmed state is absent.
    """
    match entitlement.verdict, proven:
        case Verdict.RUNNING, Desired.ABSENT:
            return ExpectedChange(OperationKind.CREATE)
        case Verdict.RUNNING, Desired.SUSPENDED:
            return ExpectedChange(OperationKind.RESUME)
        case Verdict.SUSPENDED, Desired.RUNNING:
            return ExpectedChange(
                OperationKind.SUSPEND, _in_future(entitlement.suspend_at, entitlement)
            )
        case Verdict.ABSENT, Desired.ABSENT:
            return _ending_without_server(entitlement, may_exist=may_exist)
        case Verdict.ABSENT, Desired.RUNNING | Desired.SUSPENDED:
            return _ending(entitlement, proven, overdue_after)
        case _:
            return None


def _ending_without_server(entitlement: Entitlement, *, may_exist: bool) -> ExpectedChange | None:
    if _in_future(entitlement.suspend_at, entitlement):
        # Cancelled and paid for: the customer has a server until then (H45).
        return ExpectedChange(OperationKind.CREATE)
    if may_exist:
        # Cancelled during the creation: a server that was created must be deleted again.
        return ExpectedChange(OperationKind.DELETE, _in_future(entitlement.delete_at, entitlement))
    return None


def _ending(entitlement: Entitlement, proven: Desired, overdue_after: timedelta) -> ExpectedChange:
    delete_at = _in_future(entitlement.delete_at, entitlement)
    suspend_at = _in_future(entitlement.suspend_at, entitlement)
    off_from = suspend_at or entitlement.decided_at
    # With a longer hold after cancellation, the suspension is a separate expectation.
    is_long = delete_at is not None and delete_at > off_from + overdue_after
    if delete_at is not None and is_long and proven is Desired.RUNNING:
        return ExpectedChange(OperationKind.SUSPEND, suspend_at, delete_at + overdue_after)
    return ExpectedChange(OperationKind.DELETE, delete_at)


def _in_future(date: datetime | None, entitlement: Entitlement) -> datetime | None:
    return date if date is not None and date > entitlement.decided_at else None


_FULFILS = {
    OperationKind.CREATE: Desired.RUNNING,
    OperationKind.RESUME: Desired.RUNNING,
    OperationKind.SUSPEND: Desired.SUSPENDED,
    OperationKind.DELETE: Desired.ABSENT,
}


def fulfils(proven: Desired, kind: OperationKind, *, during_hold: bool) -> bool:
    # A deleted server is switched off too, and the plan's hold may end before the suspension.
    return _FULFILS[kind] is proven or (during_hold and proven is Desired.ABSENT)
