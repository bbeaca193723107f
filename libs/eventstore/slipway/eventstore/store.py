"""The port to an event store, and the three errors that it raises.

`mongo` and `memory` implement it, and the same contract tests run against both.
"""

from collections.abc import Collection, Mapping, Sequence
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
"""Limit of one event's JSON, far below Kafka's limit, so that it can be published (H9)."""


MAX_APPEND_BYTES = 8 * 1024 * 1024
"""Limit of one append, because MongoDB limits a document and a change event to 16 MB."""


class VersionConflict(Exception):
    """Another process has appended to the stream. The caller loads the stream and decides again."""


class EventTooLarge(Exception):
    """The event can't be stored or published. Its large part must be stored in another place."""


class StoreUnavailable(Exception):
    """The store can't be reached or can't confirm a write.

    The write may have worked; try again later.
    """


class EventStore(Protocol):
    """Stores events in streams. Every call raises StoreUnavailable if the database is down."""

    @property
    def epoch(self) -> int:
        """Returns the number of the history, always 0 today.

        It would tell a restored history, which uses the same versions again, from the one before.
        """

    async def load(self, decider: Decider[Any, S], stream: str) -> Stream[S]:
        """Returns the stream. If it does not exist, it has version 0 and the initial state."""

    async def append(
        self,
        decider: Decider[Any, S],
        stream: Stream[S],
        events: Sequence[Event],
        *,
        now: datetime,
        meta: Meta,
    ) -> Stream[S]:
        """Appends the events and stores the new state and due time, all in one write.

        Returns the stream at its new version. Raises VersionConflict if the stream is no longer at
        the loaded version. Raises EventTooLarge before anything is written.
        """

    async def create_streams(
        self, decider: Decider[Any, Any], new_streams: Sequence[NewStream]
    ) -> list[bool]:
        """Creates many streams in one write. Returns for each stream whether it is new.

        A stream that existed already does not change.
        """

    async def read(
        self, stream: str, after_version: int = 0, *, private: Sequence[type[Event]] = ()
    ) -> list[Recorded]:
        """Returns the stream's events in order, including archived events."""

    async def existing(self, streams: Sequence[str]) -> set[str]:
        """Returns the ids of those streams that exist."""

    async def find_by_state_field(self, decider: Decider[Any, S], field: str) -> list[Stream[S]]:
        """Returns the streams of the category whose state has an object in this field.

        The cost grows with the number of streams found. `MongoEventStore.prepare` creates the
        index.
        """

    async def find_open(
        self, decider: Decider[Any, S], any_of: Mapping[str, Collection[str]]
    ) -> list[Stream[S]]:
        """Returns the category's open streams in whose state a field has one of its given values.

        A field is a path such as `hints.order_id`. If a part of the path is a list, every element
        is searched. The cost grows with the number of open streams in the category.
        """

    async def claim(
        self, category: str, owner: str, lease_seconds: float, limit: int
    ) -> list[Claim]:
        """Leases streams that are due and not leased, and returns their claims.

        Streams with the earliest due times are leased first. The database server's clock decides
        whether a stream is due. Each call needs a new `owner`, so that a late release can't end a
        newer lease.
        """

    async def release(self, claim: Claim) -> None:
        """Ends a lease and changes nothing else, so that a due time set meanwhile stays (H13)."""

    async def release_leases_of(self, category: str, owner: str) -> None:
        """Ends the leases that an earlier, killed run of this process left behind.

        Two running processes must not have the same owner, because each would end the leases of
        the other.
        """

    async def reschedule(self, claim: Claim, due_at: datetime | None) -> bool:
        """Sets the due time and ends the lease in one write, which is the last write of a step.

        Returns False and changes nothing if an event was appended since the claim (H13), or if
        another owner has the lease.
        """

    async def postpone(self, claim: Claim, seconds: float) -> bool:
        """Makes the stream due in `seconds`, by the server's clock. Otherwise like `reschedule`."""

    async def sweep(self, category: str) -> list[str]:
        """Finds streams with open work but no due time, makes them due, and returns their ids.

        Such a stream is a bug. Without the sweep, its work would never continue.
        """

    async def oldest_due(self, category: str) -> datetime | None:
        """Returns the earliest due time, in the past or future, or None if no stream has one."""
