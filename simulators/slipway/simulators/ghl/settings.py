"""How this GHL behaves to receivers and callers. Frozen; `faults.py` is what changes."""

from dataclasses import dataclass, field
from enum import StrEnum

from slipway.simulators.ghl.records.catalog import DEMO_LOCATION, PRICES
from slipway.simulators.ghl.records.entities import Location, Price


class RetryPolicy(StrEnum):
    """Two of the three policies that GHL published; they contradict each other (docs/ghl.md)."""

    ONLY_429 = "B"
    """Only 429 is retried, 6 times, 10 minutes apart: anything else is lost for good."""
    ANY_FAILURE = "C"
    """Whatever isn't 2xx is retried, also no answer: 12 times, exponential with jitter."""


SIGNED_EVENTS = frozenset({"OrderCreate", "OrderStatusUpdate", "ContactCreate", "ContactUpdate"})
WORKFLOW_EVENTS = frozenset({"Subscription", "Payment Received", "Refund"})


@dataclass(frozen=True)
class GhlSettings:
    locations: tuple[Location, ...] = (DEMO_LOCATION,)
    prices: tuple[Price, ...] = PRICES
    custom_fields: tuple[str, ...] = ("VPS IP", "VPS state")
    """Made in every location at the start."""

    webhook_url: str | None = None
    """Where the app's signed events go. None: nowhere yet."""
    workflow_url: str | None = None
    """Where the workflows' unsigned calls go."""
    workflow_secret: str = field(default="workflow-secret-of-the-demo", repr=False)
    events: frozenset[str] = SIGNED_EVENTS | WORKFLOW_EVENTS
    """What the app subscribed to and the agency built workflows for."""

    retry_policy: RetryPolicy = RetryPolicy.ONLY_429
    retry_seconds: float = 600.0
    """Between two tries under B; a demo's day is shorter."""
    backoff_seconds: float = 5.0
    """The first wait under C (not published; it doubles)."""
    timeout_seconds: float = 10.0
    """Not published either; third parties suggest ten seconds."""

    requests_per_10_seconds: int = 100
    """Per location; 0 lifts the limit."""
    requests_per_day: int = 200_000
    lag_seconds: float = 0.0
    """How long the API shows the old record after a change."""
