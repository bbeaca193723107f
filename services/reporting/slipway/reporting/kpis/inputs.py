"""The inputs of a KPI formula: the counts of a window, and values that depend on the time."""

from dataclasses import dataclass
from datetime import datetime

from slipway.reporting.kpis.counts import Counts
from slipway.reporting.kpis.window import Window


@dataclass(frozen=True)
class Vote:
    admin: str
    score: int
    at: datetime


@dataclass(frozen=True)
class KpiInputs:
    window: Window
    counts: Counts
    this_month: Counts | None = None
    """The counts of the current month, for KPIs that always count whole months.

    None for a custom window and for a part of a trend, which count their own time range.
    """
    fresh_deliveries: int = 0
    """Authentic deliveries younger than 5 min without a result. They don't count yet."""
    fresh_incidents: int = 0
    """Incidents younger than 5 min without a notification. They don't count yet."""
    votes: tuple[Vote, ...] = ()
    admins_asked: int = 0
    """How many admins were asked for a vote in the window."""
    launched_at: datetime | None = None
    """The launch date of okrs.yaml, else the time of the first probe."""
    slot_seconds: float | None = None
