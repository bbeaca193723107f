"""The result of a benchmark: Slipway's value, the baseline's, their ratio, and the target."""

import statistics
from collections.abc import Callable, Sequence
from dataclasses import dataclass

Say = Callable[[str], None]
"""Shows the current step of a benchmark."""


@dataclass(frozen=True)
class Aim:
    ratio: float
    at_most: bool = False
    """Whether lower is better. Otherwise higher is better."""

    def reached_by(self, ratio: float) -> bool:
        return ratio <= self.ratio if self.at_most else ratio >= self.ratio

    def __str__(self) -> str:
        return f"{'≤' if self.at_most else '≥'} {self.ratio}"


@dataclass(frozen=True)
class Measurement:
    ours: float
    baseline: float
    ratio: float
    unit: str
    aim: Aim
    notes: Sequence[str] = ()
    """Further results, one line each."""

    @property
    def reached(self) -> bool:
        return self.aim.reached_by(self.ratio)


def quantile(values: Sequence[float], share: float) -> float:
    """Interpolates between the two nearest values. `share` 0.99 is p99."""
    if len(values) == 1:
        return values[0]
    return statistics.quantiles(values, n=100, method="inclusive")[round(share * 100) - 1]


def p50_p99(values: Sequence[float]) -> str:
    return f"p50 {quantile(values, 0.5):.1f}, p99 {quantile(values, 0.99):.1f} ms"
