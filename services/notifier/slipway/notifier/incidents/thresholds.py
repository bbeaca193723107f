"""The numbers of symptoms at which an incident is announced again (pure). `decider` uses them."""

from slipway.contracts.incidents import IncidentCause

_ANY_CAUSE = (10, 50, 100, 500, 1_000, 5_000, 10_000)
_FIRST_CUSTOMERS = {
    IncidentCause.PLAN_UNMAPPED: (*range(2, 10), 20),
    IncidentCause.RECORD_REFUSED: (2, 3, 5, 20),
}
"""More thresholds of the causes with which customers may have paid and get nothing (H30, H35)."""
EACH_IS_ANNOUNCED = frozenset(_FIRST_CUSTOMERS)


def is_growth(cause: IncidentCause, announced: int, count: int) -> bool:
    """Returns whether the count passed a threshold since the last announcement."""
    thresholds = (*_FIRST_CUSTOMERS.get(cause, ()), *_ANY_CAUSE)
    return any(announced < threshold <= count for threshold in thresholds)
