"""Compares a KPI's value with its target: met, missed, or not enough data."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from slipway.reporting.kpis.counts import Counts
from slipway.reporting.projections.sketch import percentile

ENOUGH_CASES = 10
_Z = 1.96
"""The standard normal quantile of a 95 % confidence interval."""


class Unit(StrEnum):
    SHARE = "share"
    SECONDS = "seconds"
    SCORE = "score"
    COUNT = "count"


class KpiStatus(StrEnum):
    MET = "met"
    MISSED = "missed"
    NOT_ENOUGH_DATA = "not enough data"
    NO_TARGET = "no target"


@dataclass(frozen=True)
class Target:
    """A target such as `>= 0.95`. `<` and `<=` are different targets."""

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
class KpiValue:
    """The result of a formula, not yet compared with a target."""

    value: float | None
    """The value, or None if there are no cases."""
    n: int
    """The number of cases."""
    unit: Unit
    interval: Interval | None = None
    """The 95 % confidence interval."""
    details: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Kpi:
    """A KPI's value with its target and status, as the API and the portal show it."""

    name: str
    value: float | None
    target: float | None
    operator: str | None
    status: KpiStatus
    low_sample: bool
    """Whether the confidence interval includes the target, so more cases may change the status."""
    n: int
    unit: Unit
    interval: Interval | None
    details: Mapping[str, Any]


def judged(name: str, kpi_value: KpiValue, target: Target | None) -> Kpi:
    low_sample = False
    if kpi_value.value is None or kpi_value.n < ENOUGH_CASES:
        status = KpiStatus.NOT_ENOUGH_DATA
    elif target is None:
        status = KpiStatus.NO_TARGET
    else:
        status = KpiStatus.MET if target.met_by(kpi_value.value) else KpiStatus.MISSED
        low_sample = _includes(kpi_value.interval, target)
    return Kpi(
        name=name,
        value=kpi_value.value,
        target=target.value if target else None,
        operator=target.operator if target else None,
        status=status,
        low_sample=low_sample,
        n=kpi_value.n,
        unit=kpi_value.unit,
        interval=kpi_value.interval,
        details=kpi_value.details,
    )


def _includes(interval: Interval | None, target: Target) -> bool:
    """Returns whether the target is met at one end of the interval and missed at the other."""
    return interval is not None and len({*map(target.met_by, interval)}) > 1


def share(part: int, whole: int, details: Mapping[str, Any] | None = None) -> KpiValue:
    if whole <= 0:
        return KpiValue(None, 0, Unit.SHARE, details=details or {})
    return KpiValue(part / whole, whole, Unit.SHARE, wilson(part, whole), details or {})


def wilson(part: int, whole: int) -> Interval:
    """Returns Wilson's 95 % interval of a share.

    It is valid even for few cases and near 0 and 1.
    """
    at, spread = part / whole, _Z**2 / whole
    centre = (at + spread / 2) / (1 + spread)
    half = _Z * math.sqrt(at * (1 - at) / whole + spread / (4 * whole)) / (1 + spread)
    return max(0.0, centre - half), min(1.0, centre + half)


def mean_seconds(counts: Counts, name: str, details: Mapping[str, Any] | None = None) -> KpiValue:
    """Returns the mean of a measured duration with its confidence interval."""
    n = counts.of(f"{name}.n")
    if n <= 0:
        return KpiValue(None, 0, Unit.SECONDS, details=details or {})
    mean = counts.of(f"{name}.ms") / n / 1000
    variance = max(counts.of(f"{name}.squares") / n / 100 - mean**2, 0.0)
    half = _Z * math.sqrt(variance / n)
    return KpiValue(mean, n, Unit.SECONDS, (max(mean - half, 0.0), mean + half), details or {})


def percentile_seconds(counts: Counts, name: str, at: float) -> float | None:
    milliseconds = percentile(counts.under(f"{name}.bins"), at)
    return None if milliseconds is None else milliseconds / 1000
