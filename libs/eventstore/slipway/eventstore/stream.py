"""A stream as its users see it: its id, its version and the state after its events."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Generic, TypeVar

from slipway.contracts.envelope import Event, Meta

S = TypeVar("S")


@dataclass(frozen=True)
class Stream(Generic[S]):
    id: str
    version: int
    """Number of its events; 0 if the stream does not exist."""
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
    """A lease as its holder knows it."""

    ended: bool = False
    """True once the last write of a step has released it."""


@dataclass(frozen=True)
class Claim:
    """A lease on a stream that was due at this version."""

    stream: str
    version: int
    owner: str
    since: float | None = None
    """Boot time (`CLOCK_BOOTTIME`, seconds) just before the claim; `DueWork` sets it."""
    lease: Lease = field(default_factory=Lease, compare=False)
