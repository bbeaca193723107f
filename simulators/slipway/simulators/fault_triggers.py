"""Decides when a fault occurs: with a probability, the next n times, or until a time."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from slipway.simulators.ports import Clock, RandomSource


@dataclass
class FaultTrigger:
    probability: float = 0.0
    armed: int = 0
    """How many times the fault still occurs with certainty. After that, `probability` decides."""

    def strikes(self, rng: RandomSource) -> bool:
        if self.armed > 0:
            self.armed -= 1
            return True
        return self.probability > 0 and rng.random() < self.probability


@dataclass
class Downtime:
    clock: Clock
    until: datetime | None = None

    def begin(self, seconds: float) -> None:
        self.until = self.clock() + timedelta(seconds=seconds)

    def end(self) -> None:
        self.until = None

    @property
    def is_on(self) -> bool:
        return self.until is not None and self.clock() < self.until
