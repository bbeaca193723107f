"""A figure against its target: met or missed, thin while chance may explain it, or too few."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from slipway.reporting.kpis.counts import Counts
from slipway.reporting.projections.sketch import percentile

ENOUGH = 10
_Z = 1.96
"""95 %."""


@dataclass(frozen=True)
class Target:
    """`<` is not `<=`: a target is met as it is written."""

    operator: str
    value: float

    def met_by(self, value: float) -> bool:
        match self.operator:
            case "<":
                return value < self.value
            case "<=":
                return value <= self.value
            case ">":
                return value > self.value
            case ">=":
                return value >= self.value
            case "=":
                return value == self.value
            case _:
                raise ValueError(f"unknown operator {self.operator!r}: use <, <=, >, >= or =")


Interval = tuple[float, float]


@dataclass(frozen=True)
class Figure:
    """One measured value, before it is judged. `value` None: nothing to measure yet."""

    value: float | None
    n: int
    unit: str
    interval: Interval | None = None
    beside: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Kpi:
    """A judged figure, as the API and the portal show it."""

    name: str
    value: float | None
    target: float | None
    operator: str | None
    status: str
    """`met`, `missed`, `not enough data`, or `no target`."""
    thin: bool
    """The interval spans the target: more cases could turn it."""
    n: int
    unit: str
    interval: Interval | None
    beside: Mapping[str, Any]


def judged(name: str, figure: Figure, target: Target | None) -> Kpi:
    thin = False
    if figure.value is None or figure.n < ENOUGH:
        status = "not enough data"
    elif target is None:
        status = "no target"
    else:
        status = "met" if target.met_by(figure.value) else "missed"
        thin = figure.interval is not None and len({*map(target.met_by, figure.interval)}) > 1
    return Kpi(
        name=name,
        value=figure.value,
        target=target.value if target else None,
        operator=target.operator if target else None,
        status=status,
        thin=thin,
        n=figure.n,
        unit=figure.unit,
        interval=figure.interval,
        beside=figure.beside,
    )


def share(part: int, whole: int, beside: Mapping[str, Any] | None = None) -> Figure:
    """A share of cases with its Wilson interval."""
    if whole <= 0:
        return Figure(None, 0, "share", beside=beside or {})
    return Figure(part / whole, whole, "share", wilson(part, whole), beside or {})


def wilson(part: int, whole: int) -> Interval:
    """The 95 % interval of a share; sensible for few cases and near 0 and 1."""
    at, spread = part / whole, _Z**2 / whole
    centre = (at + spread / 2) / (1 + spread)
    half = _Z * math.sqrt(at * (1 - at) / whole + spread / (4 * whole)) / (1 + spread)
    return max(0.0, centre - half), min(1.0, centre + half)


def mean_seconds(counts: Counts, name: str, beside: Mapping[str, Any] | None = None) -> Figure:
    """The mean of a measured duration, with the interval of the mean."""
    n = counts.of(f"{name}.n")
    if n <= 0:
        return Figure(None, 0, "seconds", beside=beside or {})
    mean = counts.of(f"{name}.ms") / n / 1000
    variance = max(counts.of(f"{name}.squares") / n / 100 - mean**2, 0.0)
    half = _Z * math.sqrt(variance / n)
    return Figure(mean, n, "seconds", (max(mean - half, 0.0), mean + half), beside or {})


def percentile_seconds(counts: Counts, name: str, at: float) -> float | None:
    milliseconds = percentile(counts.under(f"{name}.bins"), at)
    return None if milliseconds is None else milliseconds / 1000
