"""Stores a record as the list of its versions.

The latest version is the current record. The newest visible version is the one that the API shows.
All versions together determine the billing periods. So API lag needs no special code.
"""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Generic, TypeVar

R = TypeVar("R")


@dataclass(frozen=True)
class Version(Generic[R]):
    at: datetime
    visible_at: datetime
    record: R


@dataclass
class Versioned(Generic[R]):
    versions: list[Version[R]] = field(default_factory=list)

    def put(self, record: R, at: datetime, visible_at: datetime) -> None:
        # A change without lag must not become visible before an older change with lag.
        if self.versions:
            visible_at = max(visible_at, self.versions[-1].visible_at)
        self.versions.append(Version(at, visible_at, record))

    @property
    def latest(self) -> R:
        return self.versions[-1].record

    def shown(self, now: datetime) -> R | None:
        """Returns the newest version visible at `now`, or None if no version is visible."""
        for version in reversed(self.versions):
            if version.visible_at <= now:
                return version.record
        return None
