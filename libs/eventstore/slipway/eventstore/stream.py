"""A stream as its users see it: its id, its version and what its events mean."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Generic, TypeVar

from slipway.contracts.envelope import Event, Meta

S = TypeVar("S")


@dataclass(frozen=True)
class Stream(Generic[S]):
    id: str
    version: int
    """How many events it has; 0 where there is no such stream yet."""
    state: S
    due_at: datetime | None
    is_open: bool


@dataclass(frozen=True)
class NewStream:
    """The first events of a stream that may exist already."""

    stream: str
    events: tuple[Event, ...] | list[Event]
    now: datetime
    meta: Meta


@dataclass
class Lease:
    """What its holder knows of it."""

    ended: bool = False
    """Let go together with what was written last."""


@dataclass(frozen=True)
class Claim:
    """A lease on a stream that was due at this version."""

    stream: str
    version: int
    owner: str
    since: float | None = None
    """Boot time (`CLOCK_BOOTTIME`, seconds) just before it was asked for; `DueWork` notes it."""
    lease: Lease = field(default_factory=Lease, compare=False)
