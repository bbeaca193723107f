"""A stream as its users see it: its id, its version and its state after all events."""

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
    """The first events of a stream to be created. The stream may exist already."""

    stream: str
    events: tuple[Event, ...] | list[Event]
    now: datetime
    meta: Meta


@dataclass
class Lease:
    """Records whether the lease of a claim has ended, so that `DueWork` releases it only once."""

    ended: bool = False
    """True after `reschedule` or `postpone` has ended the lease."""


@dataclass(frozen=True)
class Claim:
    """A lease on a stream, and the version at which the stream was due."""

    stream: str
    version: int
    owner: str
    since: float | None = None
    """Seconds since boot (`CLOCK_BOOTTIME`) just before the claim. `DueWork` sets it."""
    lease: Lease = field(default_factory=Lease, compare=False)
