"""The target of a benchmark, and quantiles."""

import pytest

from benchmarks.measurement import Aim, quantile


@pytest.mark.parametrize(
    ("aim", "ratio", "reached"),
    [
        (Aim(0.7), 0.7, True),
        (Aim(0.7), 0.69, False),
        (Aim(1.4, at_most=True), 1.4, True),
        (Aim(1.4, at_most=True), 1.41, False),
        (Aim(1.4, at_most=True), 0.9, True),
    ],
)
def test_a_target_is_reached_from_above_or_from_below(
    aim: Aim, ratio: float, *, reached: bool
) -> None:
    assert aim.reached_by(ratio) is reached


def test_quantiles_lie_between_the_measured_values() -> None:
    values = [float(value) for value in range(101)]
    assert quantile(values, 0.5) == 50
    assert quantile(values, 0.99) == 99
    assert quantile([3.0], 0.99) == 3.0
