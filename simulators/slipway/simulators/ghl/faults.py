"""The faults of this GHL's webhook deliveries and of its API."""

from dataclasses import dataclass, field
from enum import StrEnum

from slipway.simulators.fault_triggers import Downtime, FaultTrigger
from slipway.simulators.ports import RandomSource


@dataclass
class DeliveryFaults:
    duplicate: FaultTrigger = field(default_factory=FaultTrigger)
    """The webhook is sent twice, with the same webhookId."""
    drop: FaultTrigger = field(default_factory=FaultTrigger)
    """The webhook is never sent, and the receiver cannot notice it."""
    delay: FaultTrigger = field(default_factory=FaultTrigger)
    """The webhook is sent up to `delay_seconds` late, after later ones."""
    delay_seconds: float = 5.0
    hold: FaultTrigger = field(default_factory=FaultTrigger)
    """The webhook is sent only after `release`. With this a test determines the exact sequence."""


class Outage(StrEnum):
    ERROR = "error"
    """The answer is 503."""
    CUT = "cut"
    """The connection is closed in the middle of an answer."""
    PAGE = "page"
    """The answer is a maintenance page with status 200, without any record."""


@dataclass
class ApiFaults:
    downtime: Downtime
    lag_seconds: float = 0.0
    requests_per_10_seconds: int = 100
    slow_seconds: float = 0.0
    fail: FaultTrigger = field(default_factory=FaultTrigger)
    """A single request gets the same answer as in an outage of the kind `outage`."""
    outage: Outage = Outage.ERROR

    def strikes(self, rng: RandomSource) -> bool:
        return self.downtime.is_on or self.fail.strikes(rng)
