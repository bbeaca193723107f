"""Formats durations, shares, KPI values and times for the portal (pure)."""

from datetime import datetime

NOTHING = "\N{EN DASH}"


def duration(seconds: float | None) -> str:
    if seconds is None:
        return NOTHING
    if seconds < 1:
        return f"{seconds * 1000:.0f} ms"
    if seconds < 90:
        return f"{seconds:.1f} s" if seconds < 10 else f"{seconds:.0f} s"
    if seconds < 5400:
        return f"{round(seconds / 60, 1):g} min"
    if seconds < 172_800:
        return f"{round(seconds / 3600, 1):g} h"
    return f"{round(seconds / 86_400, 1):g} days"


def share(value: float | None) -> str:
    """Returns the share as a percentage with at most two decimals.

    Only an exact 0 or 1 becomes 0 % or 100 %, so that rounding hides no failure.
    """
    if value is None:
        return NOTHING
    percent = value * 100
    rounded = round(percent, 2)
    if rounded != percent and rounded in (0, 100):
        rounded = 0.01 if rounded == 0 else 99.99
    return f"{rounded:g} %"


def value(number: float | None, unit: str) -> str:
    """Formats a KPI's value in its unit: `share`, `seconds`, `score` or `count`."""
    if number is None:
        return NOTHING
    match unit:
        case "share":
            return share(number)
        case "seconds":
            return duration(number)
        case "score":
            return f"{number:.1f}"
        case _:
            return f"{number:g}"


def date_time(at: datetime | None) -> str:
    return f"{at:%Y-%m-%d %H:%M:%S} UTC" if at else NOTHING


def clock(at: datetime, now: datetime) -> str:
    """Returns the time of day, with the date if it is not today."""
    return f"{at:%H:%M:%S} UTC" if at.date() == now.date() else f"{at:%-d %b %Y %H:%M:%S} UTC"


def ago(at: datetime | None, now: datetime) -> str:
    if at is None:
        return "never"
    seconds = (now - at).total_seconds()
    if seconds < 0:
        return f"in {_whole_units(-seconds)}"
    return "just now" if seconds < 2 else f"{_whole_units(seconds)} ago"


def _whole_units(seconds: float) -> str:
    """Returns the duration in its largest unit, rounded down."""
    for size, word in ((86_400, "days"), (3600, "h"), (60, "min")):
        if seconds >= (2 if size == 86_400 else 1) * size:
            return f"{seconds // size:.0f} {word}"
    return f"{seconds:.0f} s"
