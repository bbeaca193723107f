"""The event store in memory, for unit tests. It gives the same guarantees as `mongo`.

Events and states are converted to plain data here too, so a test fails if they can't be stored.
"""

import copy
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, TypeVar

from slipway.contracts.envelope import Event, Meta, Recorded
from slipway.contracts.ids import category_of
from slipway.eventstore import documents
from slipway.eventstore.decider import Decider
from slipway.eventstore.documents import Document
from slipway.eventstore.store import VersionConflict
from slipway.eventstore.stream import Claim, NewStream, Stream

S = TypeVar("S")


@dataclass
class _Kept:
    entries: list[Document] = field(default_factory=list)
    state: Document = field(default_factory=dict)
    due_at: datetime | None = None
    is_open: bool = False
    lease: tuple[str, datetime] | None = None


class MemoryEventStore:
    """Stores events in memory. `clock` is used in place of the database server's clock."""

    def __init__(self, clock: Callable[[], datetime], epoch: int = 0) -> None:
        self._clock = clock
        self._epoch = epoch
        self._streams: dict[str, _Kept] = {}

    @property
    def epoch(self) -> int:
        return self._epoch

    async def load(self, decider: Decider[Any, S], stream: str) -> Stream[S]:
        kept = self._streams.get(stream)
        if kept is None:
            return documents.empty_stream(decider, stream)
        found = documents.snapshot(decider, kept.state)
        version, state = (0, decider.initial) if found is None else found
        tail = await self.read(stream, version, private=decider.private_events)
        state = decider.fold((_event(record) for record in tail), state)
        return documents.stream_at(decider, stream, len(kept.entries), state)

    async def append(
        self,
        decider: Decider[Any, S],
        stream: Stream[S],
        events: Sequence[Event],
        *,
        now: datetime,
        meta: Meta,
    ) -> Stream[S]:
        kept = self._streams.get(stream.id)
        if stream.version != (0 if kept is None else len(kept.entries)):
            raise VersionConflict(f"{stream.id} is no longer at {stream.version}")
        entries = documents.entries_of(
            events,
            after_version=stream.version,
            epoch=self._epoch,
            now=documents.to_millis(now),
            meta=meta,
        )
        after = documents.stream_after(decider, stream, events)
        kept = self._streams.setdefault(stream.id, _Kept())
        kept.entries += copy.deepcopy(entries)
        kept.due_at, kept.is_open = after.due_at, after.is_open
        if kept.state.get("fold_version", 0) <= decider.fold_version:
            kept.state = {
                "fold_version": decider.fold_version,
                "state_version": after.version,
                "state": documents.dump_state(decider.state_type, after.state),
            }
        return after

    async def create_streams(
        self, decider: Decider[Any, Any], new_streams: Sequence[NewStream]
    ) -> list[bool]:
        begun = []
        for first in new_streams:
            new = first.stream not in self._streams
            if new:
                none = documents.empty_stream(decider, first.stream)
                await self.append(decider, none, first.events, now=first.now, meta=first.meta)
            begun.append(new)
        return begun

    async def read(
        self, stream: str, after_version: int = 0, *, private: Sequence[type[Event]] = ()
    ) -> list[Recorded]:
        kept = self._streams.get(stream, _Kept())
        return [
            documents.recorded_of(stream, entry, private) for entry in kept.entries[after_version:]
        ]

    async def existing(self, streams: Sequence[str]) -> set[str]:
        return {stream for stream in streams if stream in self._streams}

    async def find_by_state_field(self, decider: Decider[Any, S], field: str) -> list[Stream[S]]:
        mine = [name for name in self._streams if category_of(name) == decider.category]
        loaded = [await self.load(decider, name) for name in mine]
        return [stream for stream in loaded if _holds_object(decider, stream.state, field)]

    async def find_open(
        self, decider: Decider[Any, S], any_of: Mapping[str, Collection[str]]
    ) -> list[Stream[S]]:
        mine = [name for name, kept in self._streams.items() if kept.is_open]
        found = [
            await self.load(decider, name) for name in mine if category_of(name) == decider.category
        ]
        return [stream for stream in found if _holds_any(decider, stream.state, any_of)]

    async def claim(
        self, category: str, owner: str, lease_seconds: float, limit: int
    ) -> list[Claim]:
        now = self._clock()
        due = sorted(
            (kept.due_at, stream)
            for stream, kept in self._streams.items()
            if category_of(stream) == category
            and kept.due_at is not None
            and kept.due_at <= now
            and (kept.lease is None or kept.lease[1] < now)
        )
        claims = []
        for _, stream in due[:limit]:
            kept = self._streams[stream]
            kept.lease = (owner, now + timedelta(seconds=lease_seconds))
            claims.append(Claim(stream, len(kept.entries), owner))
        return claims

    async def release(self, claim: Claim) -> None:
        kept = self._streams[claim.stream]
        if kept.lease is not None and kept.lease[0] == claim.owner:
            kept.lease = None

    async def release_leases_of(self, category: str, owner: str) -> None:
        for stream, kept in self._streams.items():
            mine = kept.lease is not None and kept.lease[0].startswith(f"{owner}#")
            if mine and category_of(stream) == category:
                kept.lease = None

    async def reschedule(self, claim: Claim, due_at: datetime | None) -> bool:
        kept = self._streams[claim.stream]
        held = kept.lease is not None and kept.lease[0] == claim.owner
        if not held or len(kept.entries) != claim.version:
            return False
        kept.due_at = None if due_at is None else documents.to_millis(due_at)
        kept.lease, claim.lease.ended = None, True
        return True

    async def postpone(self, claim: Claim, seconds: float) -> bool:
        return await self.reschedule(claim, self._clock() + timedelta(seconds=seconds))

    async def sweep(self, category: str) -> list[str]:
        stuck = [
            stream
            for stream, kept in self._streams.items()
            if category_of(stream) == category and kept.is_open and kept.due_at is None
        ]
        for stream in stuck:
            self._streams[stream].due_at = documents.to_millis(self._clock())
        return stuck

    async def oldest_due(self, category: str) -> datetime | None:
        return min(
            (
                kept.due_at
                for stream, kept in self._streams.items()
                if category_of(stream) == category and kept.due_at is not None
            ),
            default=None,
        )


def _holds_object(decider: Decider[Any, Any], state: Any, field: str) -> bool:
    fields: Document = documents.dump_state(decider.state_type, state)["fields"]
    return isinstance(fields.get(field), dict)


def _holds_any(
    decider: Decider[Any, Any], state: Any, any_of: Mapping[str, Collection[str]]
) -> bool:
    fields: Document = documents.dump_state(decider.state_type, state)["fields"]
    return any(
        value in values for path, values in any_of.items() for value in _values_at(fields, path)
    )


def _values_at(held: Any, path: str) -> Iterator[Any]:
    """Returns the values at this path. If a part of it is a list, every element is searched."""
    if isinstance(held, list):
        for each in held:
            yield from _values_at(each, path)
    elif not path:
        yield held
    elif isinstance(held, dict):
        first, _, rest = path.partition(".")
        yield from _values_at(held.get(first), rest)


def _event(record: Recorded) -> Event:
    assert isinstance(record.event, Event)  # noqa: S101 - a stream holds nothing else
    return record.event
