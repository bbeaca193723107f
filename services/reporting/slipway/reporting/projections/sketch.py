"""Estimates percentiles from counters in logarithmic bins. The error is at most 2 %.

The bins are plain counters. So the bins of several time buckets can be added. If a value is
corrected, the old value can be subtracted.
"""

import math
from collections.abc import Mapping

_GAMMA = 1.04
_LOG_GAMMA = math.log(_GAMMA)
_SMALLEST_MS = 1


def bin_of(milliseconds: int) -> int:
    return math.ceil(math.log(max(milliseconds, _SMALLEST_MS)) / _LOG_GAMMA)


def percentile(bins: Mapping[str, int], share: float) -> float | None:
    """Returns the percentile in milliseconds, or None if the bins are empty.

    For example, `share=0.95` gives the 95th percentile.
    """
    counted = sorted((int(index), count) for index, count in bins.items() if count > 0)
    total = sum(count for _, count in counted)
    if not total:
        return None
    rank, passed = share * (total - 1), 0
    for index, count in counted:
        passed += count
        if passed > rank:
            return 2 * _GAMMA**index / (_GAMMA + 1)
    raise AssertionError("the counts add up to the total")


def duration(name: str, milliseconds: int) -> dict[str, int]:
    """Returns the counters of one duration: number, sum, sum of squares (in 0.1 s) and its bin."""
    milliseconds = max(milliseconds, 0)
    return {
        f"{name}.n": 1,
        f"{name}.ms": milliseconds,
        f"{name}.squares": (milliseconds // 100) ** 2,
        f"{name}.bins.{bin_of(milliseconds)}": 1,
    }
