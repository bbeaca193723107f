"""Loads, decides and appends, and again after a conflict. Inboxes and workers call it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Generic, TypeVar

from slipway.contracts.envelope import Meta, Recorded
from slipway.eventstore.decider import Decider
from slipway.eventstore.documents import recorded_now
from slipway.eventstore.store import EventStore, VersionConflict
from slipway.eventstore.stream import Stream

C = TypeVar("C")
S = TypeVar("S")


@dataclass(frozen=True)
class Handled(Generic[S]):
    stream: Stream[S]
    """The stream after the command."""
    recorded: list[Recorded]
    """The events of the command; empty if it changed nothing."""


async def handle(  # noqa: PLR0913 - what a decision needs, each by name
    store: EventStore,
    decider: Decider[C, S],
    stream: str,
    command: C,
    *,
    now: datetime,
    meta: Meta,
    expected_version: int | None = None,
) -> Handled[S]:
    """Decides on the newest state. Raises VersionConflict if that is not `expected_version`."""
    while True:
        loaded = await store.load(decider, stream)
        if expected_version is not None and loaded.version != expected_version:
            raise VersionConflict(f"{stream} is at {loaded.version}, not at {expected_version}")
        try:
            return await handle_loaded(store, decider, loaded, command, now=now, meta=meta)
        except VersionConflict:
            # Each conflict means that another process made progress, so this ends.
            if expected_version is not None:
                raise


async def handle_loaded(
    store: EventStore,
    decider: Decider[C, S],
    loaded: Stream[S],
    command: C,
    *,
    now: datetime,
    meta: Meta,
) -> Handled[S]:
    """Decides on the stream as it was loaded. Raises VersionConflict if it has changed since.

    A command without events does not check for a change.
    """
    events = decider.decide(command, loaded.state)
    if not events:
        return Handled(loaded, [])
    appended = await store.append(decider, loaded, events, now=now, meta=meta)
    recorded = recorded_now(appended, events, epoch=store.epoch, now=now, meta=meta)
    return Handled(appended, recorded)
