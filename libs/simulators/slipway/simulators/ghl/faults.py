"""What goes wrong with this GHL on demand: towards receivers (deliveries) and callers (API)."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from slipway.simulators.ports import Clock, Rng


@dataclass
class Chance:
    """Strikes by itself with a probability, or the next `armed` times for certain."""

    probability: float = 0.0
    armed: int = 0

    def strikes(self, rng: Rng) -> bool:
        if self.armed > 0:
            self.armed -= 1
            return True
        return self.probability > 0 and rng.random() < self.probability


@dataclass
class DeliveryFaults:
    duplicate: Chance = field(default_factory=Chance)
    """Sent twice at once, under the same webhookId."""
    drop: Chance = field(default_factory=Chance)
    """Never sent, and nobody says so."""
    delay: Chance = field(default_factory=Chance)
    """Sent up to `delay_seconds` late; what follows overtakes it."""
    delay_seconds: float = 5.0
    hold: Chance = field(default_factory=Chance)
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
    clock: Clock
    lag_seconds: float = 0.0
    requests_per_10_seconds: int = 100
    slow_seconds: float = 0.0
    fail: Chance = field(default_factory=Chance)
    """One request answered as `outage` says."""
    outage: Outage = Outage.ERROR
    down_until: datetime | None = None

    def down(self, seconds: float, outage: Outage = Outage.ERROR) -> None:
        self.outage = outage
        self.down_until = self.clock() + timedelta(seconds=seconds)

    def up(self) -> None:
        self.down_until = None

    def strikes(self, rng: Rng) -> bool:
        is_down = self.down_until is not None and self.clock() < self.down_until
        return is_down or self.fail.strikes(rng)
