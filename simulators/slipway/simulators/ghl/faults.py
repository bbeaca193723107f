"""The faults of this GHL: of its webhook deliveries and of its API."""

from dataclasses import dataclass, field
from enum import StrEnum

from slipway.simulators.fault_triggers import Downtime, FaultTrigger
from slipway.simulators.ports import RandomSource


@dataclass
class DeliveryFaults:
    duplicate: FaultTrigger = field(default_factory=FaultTrigger)
    """The webhook is sent twice, with the same webhookId."""
    drop: FaultTrigger = field(default_factory=FaultTrigger)
    """The webhook is never sent, without a trace for the receiver."""
    delay: FaultTrigger = field(default_factory=FaultTrigger)
    """The webhook is sent up to `delay_seconds` late, after later ones."""
    delay_seconds: float = 5.0
    hold: FaultTrigger = field(default_factory=FaultTrigger)
    """The webhook is held until its release. A test sets the exact order with it."""


class Outage(StrEnum):
    ERROR = "error"
    """The answer is 503."""
    CUT = "cut"
    """The connection ends in the middle of an answer."""
    PAGE = "page"
    """A maintenance page with status 200. It says nothing about any record."""


@dataclass
class ApiFaults:
    downtime: Downtime
    lag_seconds: float = 0.0
    requests_per_10_seconds: int = 100
    slow_seconds: float = 0.0
    fail: FaultTrigger = field(default_factory=FaultTrigger)
    """A single request is answered as `outage` says."""
    outage: Outage = Outage.ERROR

    def strikes(self, rng: RandomSource) -> bool:
        return self.downtime.is_on or self.fail.strikes(rng)
