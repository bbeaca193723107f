"""The fixed behaviour of this GHL. The behaviour that changes is in `faults.py`."""

from dataclasses import dataclass, field
from enum import StrEnum

from slipway.simulators.ghl.records.catalog import DEMO_LOCATION, PRICES
from slipway.simulators.ghl.records.entities import Location, Price


class RetryPolicy(StrEnum):
    """Two of GHL's three published retry policies, which contradict each other (docs/ghl.md)."""

    ONLY_429 = "B"
    """GHL retries only 429, 6 times, every 10 minutes. Other failures lose the webhook."""
    ANY_FAILURE = "C"
    """GHL retries every failure, even without an answer, 12 times with back-off."""


SIGNED_EVENTS = frozenset({"OrderCreate", "OrderStatusUpdate", "ContactCreate", "ContactUpdate"})
WORKFLOW_EVENTS = frozenset({"Subscription", "Payment Received", "Refund"})


@dataclass(frozen=True)
class GhlSettings:
    locations: tuple[Location, ...] = (DEMO_LOCATION,)
    prices: tuple[Price, ...] = PRICES
    custom_fields: tuple[str, ...] = ("VPS IP", "VPS state")
    """The names of the custom fields that every location has from the start."""

    webhook_url: str | None = None
    """The URL for the app's signed events, or None if it is not yet set."""
    workflow_url: str | None = None
    """The URL for the workflows' unsigned calls."""
    workflow_secret: str = field(default="workflow-secret-of-the-demo", repr=False)
    events: frozenset[str] = SIGNED_EVENTS | WORKFLOW_EVENTS
    """The events of the app's subscription and of the agency's workflows."""

    period_seconds: float | None = None
    """The paid period of every subscription, which the record shows. None: it shows no period."""

    retry_policy: RetryPolicy = RetryPolicy.ONLY_429
    retry_seconds: float = 600.0
    """The time between two tries under policy B. A demo shortens it."""
    backoff_seconds: float = 5.0
    """The first wait under policy C, which doubles with each try. GHL does not publish it."""
    timeout_seconds: float = 10.0
    """GHL does not publish its time-out. Third parties suggest ten seconds."""

    requests_per_10_seconds: int = 100
    """The rate limit of each location. 0: no limit."""
    requests_per_day: int = 200_000
    lag_seconds: float = 0.0
    """The time for which the API still shows the old record after a change."""
