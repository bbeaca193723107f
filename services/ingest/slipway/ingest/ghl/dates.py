"""Reads GHL's dates and skips those that can't be true (pure), because promises count from them.

A skipped date counts as missing and is reported with its field and the reason (H34).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from slipway.contracts.subscriptions import SkippedDate
from slipway.ingest.ghl.payload import Payload, is_blank, moment, text

_EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)
"""Earliest date that can be true: GHL is younger. Empty dates are often the year 1970."""
_MAX_YEARS_AHEAD = 5
_MAX_AHEAD = timedelta(days=366 * _MAX_YEARS_AHEAD)
_MAX_SHOWN = 40


@dataclass
class DateReader:
    """Reads the dates of one record and lists those that it skipped."""

    now: datetime
    _skipped: dict[str, str] = field(default_factory=dict)

    def read(self, name: str, value: object) -> datetime | None:
        """Returns the date in UTC; None if it is missing or can't be true."""
        if is_blank(value):
            return None
        date = moment(value)
        if date is None:
            return self._skip(name, f"{_shown(value)} is no date")
        if date < _EARLIEST:
            return self._skip(name, f"{date:%Y-%m-%d} is before {_EARLIEST:%Y}")
        if date - self.now > _MAX_AHEAD:
            return self._skip(name, f"{date:%Y-%m-%d} is more than {_MAX_YEARS_AHEAD} years ahead")
        return date

    def read_end(self, name: str, value: object, start: datetime | None) -> datetime | None:
        """Returns the date as `read` does, and skips an end before the start."""
        end = self.read(name, value)
        if end is not None and start is not None and end < start:
            return self._skip(name, f"{end:%Y-%m-%d} is before the start on {start:%Y-%m-%d}")
        return end

    def _skip(self, name: str, problem: str) -> datetime | None:
        self._skipped.setdefault(name, problem)
        return None

    @property
    def skipped(self) -> tuple[SkippedDate, ...]:
        return tuple(SkippedDate(field=name, problem=why) for name, why in self._skipped.items())


@dataclass(frozen=True)
class StatusDates:
    """The dates of GHL's record that tell when its status changed."""

    created: datetime | None
    updated: datetime | None
    canceled: datetime | None


def read_status_dates(record: Payload, reader: DateReader) -> StatusDates:
    created = reader.read("createdAt", record.get("createdAt"))
    return StatusDates(
        created,
        reader.read_end("updatedAt", record.get("updatedAt"), created),
        reader.read_end("canceledAt", record.get("canceledAt"), created),
    )


def _shown(value: object) -> str:
    if isinstance(value, Mapping | list):
        return "an object" if isinstance(value, Mapping) else "a list"
    return repr(text(value) or type(value).__name__)[:_MAX_SHOWN]
