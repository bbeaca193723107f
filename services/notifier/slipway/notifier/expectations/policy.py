"""Pure table: which change an entitlement promises, given what is proven, and what fulfils it.

`expectation` asks.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from slipway.contracts.subscriptions import Entitlement, Verdict
from slipway.contracts.vps import Desired, OperationKind


@dataclass(frozen=True)
class Promised:
    kind: OperationKind
    set_date: datetime | None = None
    """From when the promise runs; None: from now."""
    delete_by: datetime | None = None
    """A suspension during a hold: by when the deletion after it is promised."""


def promised(
    entitlement: Entitlement, proven: Desired, promise: timedelta, *, being_made: bool
) -> Promised | None:
    """None where all is as it should be, or nobody knows how it should be."""
    match entitlement.verdict, proven:
        case Verdict.RUNNING, Desired.ABSENT:
            return Promised(OperationKind.CREATE)
        case Verdict.RUNNING, Desired.SUSPENDED:
            return Promised(OperationKind.RESUME)
        case Verdict.SUSPENDED, Desired.RUNNING:
            return Promised(OperationKind.SUSPEND, _ahead(entitlement.suspend_at, entitlement))
        case Verdict.ABSENT, Desired.RUNNING | Desired.SUSPENDED:
            return _ending(entitlement, proven, promise)
        case Verdict.ABSENT, Desired.ABSENT if being_made:
            # Cancelled while creating: whatever was made has to go again.
            return Promised(OperationKind.DELETE, _ahead(entitlement.delete_at, entitlement))
        case _:
            return None


def _ending(entitlement: Entitlement, proven: Desired, promise: timedelta) -> Promised:
    gone_from = _ahead(entitlement.delete_at, entitlement)
    # A hold long enough that the switching off before it is a promise of its own.
    long = gone_from is not None and gone_from > entitlement.decided_at + promise
    if gone_from is not None and long and proven is Desired.RUNNING:
        return Promised(OperationKind.SUSPEND, None, gone_from + promise)
    return Promised(OperationKind.DELETE, gone_from)


def _ahead(date: datetime | None, entitlement: Entitlement) -> datetime | None:
    return date if date is not None and date > entitlement.decided_at else None


_FULFILS = {
    OperationKind.CREATE: Desired.RUNNING,
    OperationKind.RESUME: Desired.RUNNING,
    OperationKind.SUSPEND: Desired.SUSPENDED,
    OperationKind.DELETE: Desired.ABSENT,
}


def fulfils(proven: Desired, kind: OperationKind, *, held: bool) -> bool:
    # What is gone is off as well: the hold ended before the server was switched off.
    return _FULFILS[kind] is proven or (held and proven is Desired.ABSENT)
