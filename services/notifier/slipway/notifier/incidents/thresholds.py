"""Numbers of symptoms at which an incident is announced again (pure). `decider` asks for them."""

from slipway.contracts.incidents import IncidentCause

_ANY_CAUSE = (10, 50, 100, 500, 1_000, 5_000, 10_000)
EACH_IS_ANNOUNCED = frozenset({IncidentCause.PLAN_UNMAPPED})
"""Causes with which each further customer has paid and gets nothing (H30)."""
_FIRST_CUSTOMERS = (*range(2, 10), 20)


def is_growth(cause: IncidentCause, announced: int, count: int) -> bool:
    """Returns whether the count passed a threshold since the last announcement."""
    more = _FIRST_CUSTOMERS if cause in EACH_IS_ANNOUNCED else ()
    return any(announced < threshold <= count for threshold in (*more, *_ANY_CAUSE))
