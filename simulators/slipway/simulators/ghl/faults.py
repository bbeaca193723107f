"""What goes wrong with this GHL on demand: towards receivers (deliveries) and callers (API)."""

from dataclasses import dataclass, field
from enum import StrEnum

from slipway.simulators.fault_triggers import Downtime, FaultTrigger
from slipway.simulators.ports import RandomSource


@dataclass
class DeliveryFaults:
    duplicate: FaultTrigger = field(default_factory=FaultTrigger)
    """Sent twice at once, under the same webhookId."""
    drop: FaultTrigger = field(default_factory=FaultTrigger)
    """Never sent, and nobody says so."""
    delay: FaultTrigger = field(default_factory=FaultTrigger)
    """Sent up to `delay_seconds` late; what follows overtakes it."""
    delay_seconds: float = 5.0
    hold: FaultTrigger = field(default_factory=FaultTrigger)
    """Kept back until released: a test reorders with it exactly."""


class Outage(StrEnum):
    ERROR = "error"
    """Answers 503."""
    CUT = "cut"
    """Ends the connection in the middle of an answer."""
    PAGE = "page"
    """A maintenance page with status 200: no statement about any record."""


@dataclass
class ApiFaults:
    downtime: Downtime
    lag_seconds: float = 0.0
    requests_per_10_seconds: int = 100
    slow_seconds: float = 0.0
    fail: FaultTrigger = field(default_factory=FaultTrigger)
    """One request answered as `outage` says."""
    outage: Outage = Outage.ERROR

    def strikes(self, rng: RandomSource) -> bool:
        return self.downtime.is_on or self.fail.strikes(rng)
