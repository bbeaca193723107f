"""A mergeable sketch for percentiles: logarithmic bins, any answer is at most 2 % off.

Bins are plain counters: buckets of any size add up, and a corrected value is taken out again.
"""

import math
from collections.abc import Mapping

_GAMMA = 1.04
_LOG_GAMMA = math.log(_GAMMA)
_SMALLEST_MS = 1


def bin_of(milliseconds: int) -> int:
    return math.ceil(math.log(max(milliseconds, _SMALLEST_MS)) / _LOG_GAMMA)


def percentile(bins: Mapping[str, int], share: float) -> float | None:
    """The value in milliseconds below which `share` of the entries lie; None without entries."""
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
    """What one measured time adds to a bucket: count, sum, squares (of 0.1 s) and its bin."""
    milliseconds = max(milliseconds, 0)
    return {
        f"{name}.n": 1,
        f"{name}.ms": milliseconds,
        f"{name}.squares": (milliseconds // 100) ** 2,
        f"{name}.bins.{bin_of(milliseconds)}": 1,
    }
