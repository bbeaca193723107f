"""The port to a store of streams, and the three errors that it raises.

`mongo` and `memory` implement it and pass one contract suite.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Protocol, TypeVar

from slipway.contracts.envelope import Event, Meta, Recorded
from slipway.eventstore.decider import Decider
from slipway.eventstore.stream import Claim, NewStream, Stream

__all__ = [
    "Claim",
    "EventStore",
    "EventTooLarge",
    "NewStream",
    "StoreUnavailable",
    "VersionConflict",
]

S = TypeVar("S")

MAX_EVENT_BYTES = 1024 * 1024
"""Limit of one event's JSON, far below the topics': every stored event can be published (H9)."""


MAX_APPEND_BYTES = 8 * 1024 * 1024
"""Limit of one append. MongoDB limits a document, and so a change event, to 16 MB."""


class VersionConflict(Exception):
    """Another process appended first: load and decide again."""


class EventTooLarge(Exception):
    """The event cannot be stored or published: keep its bulk elsewhere and refer to it."""


class StoreUnavailable(Exception):
    """The store cannot be reached or cannot confirm a write, which may have worked: try later."""


class EventStore(Protocol):
    """Every call raises StoreUnavailable if the database does not answer."""

    @property
    def epoch(self) -> int:
        """Increased by the restore of a backup, because its versions are then used again."""

    async def load(self, decider: Decider[Any, S], stream: str) -> Stream[S]:
        """Returns the stream; at version 0, with the initial state, if it does not exist."""

    async def append(
        self,
        decider: Decider[Any, S],
        stream: Stream[S],
        events: Sequence[Event],
        *,
        now: datetime,
        meta: Meta,
    ) -> Stream[S]:
        """Add events to the stream as it was loaded, atomically with state and due time.

        Raises VersionConflict if it is no longer at that version, EventTooLarge before writing.
        """

    async def create_streams(
        self, decider: Decider[Any, Any], new_streams: Sequence[NewStream]
    ) -> list[bool]:
        """Creates many streams at once. Returns False for each that existed; it stays as it is."""

    async def read(
        self, stream: str, after_version: int = 0, *, private: Sequence[type[Event]] = ()
    ) -> list[Recorded]:
        """Returns the stream's events in order, archived ones included."""

    async def existing(self, streams: Sequence[str]) -> set[str]:
        """Returns which of these streams exist."""

    async def find_by_state_field(self, decider: Decider[Any, S], field: str) -> list[Stream[S]]:
        """Returns the category's streams whose state holds an object in this field.

        The cost grows with the streams found. `MongoEventStore.prepare` creates the index.
        """

    async def claim(
        self, category: str, owner: str, lease_seconds: float, limit: int
    ) -> list[Claim]:
        """Lease streams that are due and not leased, by the server's clock, earliest first.

        Each call needs a new owner: a late release must not end a later lease.
        """

    async def release(self, claim: Claim) -> None:
        """Ends a lease and changes nothing else, so that a wake-up meanwhile survives (H13)."""

    async def release_leases_of(self, category: str, owner: str) -> None:
        """Ends the leases that this process left behind when it was killed.

        Their owner is `owner#n`. Two running processes must not share an owner.
        """

    async def reschedule(self, claim: Claim, due_at: datetime | None) -> bool:
        """Sets the due time and ends the lease in one write, as the last write of a step.

        Returns False and changes nothing if an event was appended since the claim (H13), or if
        another owner has the lease.
        """

    async def postpone(self, claim: Claim, seconds: float) -> bool:
        """Like `reschedule`, with a due time so many seconds from now by the server's clock."""

    async def sweep(self, category: str) -> list[str]:
        """Makes due, and returns, each stream with open work but no due time, which is a bug."""

    async def oldest_due(self, category: str) -> datetime | None:
        """Returns the earliest due time, past or future."""
