"""Converts a trend to the points of an inline SVG, with gaps for missing values (pure)."""

from collections.abc import Sequence
from dataclasses import dataclass

WIDTH, HEIGHT, _MARGIN = 240, 56, 6


@dataclass(frozen=True)
class Sparkline:
    width: int
    height: int
    lines: list[str]
    """SVG `points` strings, one for each stretch without a gap."""
    areas: list[str]
    """The same stretches as polygons down to the bottom edge."""
    dots: list[tuple[float, float]]
    """Each stretch that has a single value, and, as the last dot, the newest value."""
    target_y: float | None
    first: int
    """Index of the first known value. Earlier gaps are not drawn."""
    low: float
    high: float
    newest: float


def sparkline(values: Sequence[float | None], target: float | None) -> Sparkline | None:
    known = [value for value in values if value is not None]
    if not known:
        return None
    first = next(i for i, value in enumerate(values) if value is not None)
    values = values[first:]
    all_values = [*known, target] if target is not None else known
    low, high = min(all_values), max(all_values)
    spread = (high - low) or 1.0

    def y_of(value: float) -> float:
        share = (value - low) / spread if high > low else 0.5
        return round(HEIGHT - _MARGIN - share * (HEIGHT - 2 * _MARGIN), 1)

    step = (WIDTH - 2 * _MARGIN) / max(len(values) - 1, 1)
    points = [
        None if value is None else (round(_MARGIN + index * step, 1), y_of(value))
        for index, value in enumerate(values)
    ]
    stretches = _stretches(points)
    drawn = [stretch for stretch in stretches if len(stretch) > 1]
    newest = [stretch[-1] for stretch in stretches[-1:]]
    return Sparkline(
        width=WIDTH,
        height=HEIGHT,
        lines=[_points(stretch) for stretch in drawn],
        areas=[
            _points([*stretch, (stretch[-1][0], HEIGHT), (stretch[0][0], HEIGHT)])
            for stretch in drawn
        ],
        dots=[part[0] for part in stretches if len(part) == 1][:-1] + newest,
        target_y=None if target is None else y_of(target),
        first=first,
        low=min(known),
        high=max(known),
        newest=known[-1],
    )


def _points(points: Sequence[tuple[float, float]]) -> str:
    return " ".join(f"{x},{y}" for x, y in points)


def _stretches(
    points: Sequence[tuple[float, float] | None],
) -> list[list[tuple[float, float]]]:
    found: list[list[tuple[float, float]]] = [[]]
    for point in points:
        if point is not None:
            found[-1].append(point)
        elif found[-1]:
            found.append([])
    return [stretch for stretch in found if stretch]
