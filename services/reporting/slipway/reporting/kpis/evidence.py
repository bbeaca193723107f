"""What a formula may look at: the counts, and the few things that depend on when one asks."""

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
class Evidence:
    """All that one window holds."""

    window: Window
    counts: Counts
    this_month: Counts | None = None
    """For what the design counts by the month. None: a custom window, or a piece of a trend, counts
    its own."""
    fresh_deliveries: int = 0
    """Authentic, undecided and younger than 5 min: not judged yet."""
    fresh_incidents: int = 0
    """Opened less than 5 min ago and nobody told yet: not judged yet."""
    votes: tuple[Vote, ...] = ()
    asked: int = 0
    """Admins who were asked for a vote in the window."""
    launched_at: datetime | None = None
    """okrs.yaml's launch, else the first probe."""
    slot_seconds: float | None = None
