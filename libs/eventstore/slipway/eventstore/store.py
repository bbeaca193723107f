"""The port to a store of streams, and the three ways in which it says no.

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
"""Of one event's JSON. Far below the topics' limit: what is stored can always be published (H9)."""


MAX_APPEND_BYTES = 8 * 1024 * 1024
"""Of one append's events together: MongoDB takes 16 MB a document, and a change tells of all."""


class VersionConflict(Exception):
    """Somebody else appended first: load and decide again."""


class EventTooLarge(Exception):
    """It could not be published or stored; keep its bulk elsewhere and refer to it."""


class StoreUnavailable(Exception):
    """The store can't be reached or can't confirm a write: try later, it may have worked."""


class EventStore(Protocol):
    """Every call raises StoreUnavailable where the database does not answer."""

    @property
    def epoch(self) -> int:
        """Raised by one when a backup is restored, whose versions are then used again."""

    async def load(self, decider: Decider[Any, S], stream: str) -> Stream[S]:
        """The stream's state; version 0 and the initial state where there is none."""

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
        """Begin many streams at once; False where a stream existed, which is left as it is."""

    async def read(
        self, stream: str, after_version: int = 0, *, private: Sequence[type[Event]] = ()
    ) -> list[Recorded]:
        """The stream's events in order, archived ones too."""

    async def existing(self, streams: Sequence[str]) -> set[str]:
        """Which of these streams there are."""

    async def find_by_state_field(self, decider: Decider[Any, S], field: str) -> list[Stream[S]]:
        """The category's streams whose state holds an object in this field, whatever their number.

        Costs as much as it finds; `MongoEventStore.prepare` makes the index for it.
        """

    async def claim(
        self, category: str, owner: str, lease_seconds: float, limit: int
    ) -> list[Claim]:
        """Lease streams that are due and not leased, by the server's clock, earliest first.

        An owner is used for one call only: a release must not end a later lease.
        """

    async def release(self, claim: Claim) -> None:
        """End a lease; touches nothing else, so a wake-up that came meanwhile survives (H13)."""

    async def release_leases_of(self, category: str, owner: str) -> None:
        """End the leases that an earlier life of this owner left when it was killed.

        Its claims are named `owner#n`. No two processes that run together may share an owner.
        """

    async def reschedule(self, claim: Claim, due_at: datetime | None) -> bool:
        """Move the due time and end the lease in one write: a step's last.

        False, and nothing is touched, if the stream was appended to since it was claimed (H13), or
        if the lease is another's by now.
        """

    async def postpone(self, claim: Claim, seconds: float) -> bool:
        """As `reschedule`, that many seconds from now by the server's clock."""

    async def sweep(self, category: str) -> list[str]:
        """Make due what is open without a due time, which is a mistake; returns what it found."""

    async def oldest_due(self, category: str) -> datetime | None:
        """The earliest due time, past or future."""
