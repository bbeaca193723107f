"""A record as the list of its versions: what it says now, what the API shows yet, what was billed.

API lag is then no special case: a reader sees the newest version that is visible by now.
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
        # A change made after the lag was lifted must not be shown before an older, lagging one.
        if self.versions:
            visible_at = max(visible_at, self.versions[-1].visible_at)
        self.versions.append(Version(at, visible_at, record))

    @property
    def latest(self) -> R:
        return self.versions[-1].record

    def shown(self, now: datetime) -> R | None:
        """The newest version visible at `now`; None while the record itself is not to be seen."""
        for version in reversed(self.versions):
            if version.visible_at <= now:
                return version.record
        return None
