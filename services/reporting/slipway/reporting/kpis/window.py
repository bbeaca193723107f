"""Time windows, and the hour and day buckets that each window consists of.

A window begins on a full hour. For example, at 14:20 the window `24h` begins at 14:00 of the day
before.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

_HOUR, _DAY = timedelta(hours=1), timedelta(days=1)
NAMES = ("24h", "7d", "30d", "90d", "month")
_LENGTHS = {"24h": _DAY, "7d": 7 * _DAY, "30d": 30 * _DAY, "90d": 90 * _DAY}


class WindowUnknown(Exception):
    """Raised if a window has an unknown name, or if a custom window has no valid time range."""


@dataclass(frozen=True)
class Window:
    """The time from `begin` (inclusive) to `end` (exclusive), in UTC."""

    name: str
    begin: datetime
    end: datetime
    now: datetime

    def holds(self, at: datetime) -> bool:
        return self.begin <= at < self.end

    @property
    def last_day(self) -> date:
        return (self.end - timedelta(microseconds=1)).date()

    def measured_until(self) -> datetime:
        """Returns the end of the window, or the current time if the window ends in the future."""
        return min(self.end, self.now)


def named_window(
    name: str, now: datetime, begin: datetime | None = None, end: datetime | None = None
) -> Window:
    """Returns the window of this name. Raises WindowUnknown."""
    until = _full_hour(now) + _HOUR
    if name in _LENGTHS:
        return Window(name, _full_hour(now - _LENGTHS[name]), until, now)
    if name == "month":
        return Window(name, _full_hour(now).replace(day=1, hour=0), until, now)
    if name == "custom" and begin is not None:
        finish = until if end is None else _next_full_hour(end)
        if _full_hour(begin) < finish:
            return Window(name, _full_hour(begin), finish, now)
        raise WindowUnknown("a custom window needs from < to")
    raise WindowUnknown(
        f"window {name!r}: use one of {', '.join(NAMES)}, or custom with from= (to=)"
    )


def parts(window: Window) -> list[tuple[str, datetime, datetime]]:
    """Returns the ranges of buckets that the window consists of, as (span, begin, end).

    Whole days use day buckets. The hours before and after the whole days use hour buckets.
    """
    first_day = window.begin if _is_midnight(window.begin) else _midnight(window.begin) + _DAY
    last_day = _midnight(window.end)
    if first_day >= last_day:
        return [("hour", window.begin, window.end)]
    ranges = [
        ("hour", window.begin, first_day),
        ("day", first_day, last_day),
        ("hour", last_day, window.end),
    ]
    return [part for part in ranges if part[1] < part[2]]


def trend_span(window: Window) -> str:
    """Returns the step between two points of a trend.

    The step is `minute` for windows up to two hours, `hour` up to three days, else `day`.
    """
    length = window.end - window.begin
    if length <= 2 * _HOUR:
        return "minute"
    return "hour" if length <= 3 * _DAY else "day"


def _full_hour(at: datetime) -> datetime:
    return at.replace(minute=0, second=0, microsecond=0)


def _next_full_hour(at: datetime) -> datetime:
    full = _full_hour(at)
    return full if full == at else full + _HOUR


def _midnight(at: datetime) -> datetime:
    return at.replace(hour=0, minute=0, second=0, microsecond=0)


def _is_midnight(at: datetime) -> bool:
    return at == _midnight(at)
