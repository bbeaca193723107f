"""Handles a command: loads the stream, decides, and appends. After a conflict it starts again.

Inboxes and workers call it.
"""

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
    """Decides on the newest state and appends the events.

    Raises VersionConflict if the stream is not at `expected_version`. If no expected version is
    given, loads the stream and decides again after each conflict.
    """
    while True:
        loaded = await store.load(decider, stream)
        if expected_version is not None and loaded.version != expected_version:
            raise VersionConflict(f"{stream} is at {loaded.version}, not at {expected_version}")
        try:
            return await handle_loaded(store, decider, loaded, command, now=now, meta=meta)
        except VersionConflict:
            # Each conflict means that another process has appended, so this loop ends.
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
    """Decides on the loaded state and appends the events.

    Raises VersionConflict if the stream has changed since it was loaded. A command that leads to no
    events writes nothing, so it detects no change either.
    """
    events = decider.decide(command, loaded.state)
    if not events:
        return Handled(loaded, [])
    appended = await store.append(decider, loaded, events, now=now, meta=meta)
    recorded = recorded_now(appended, events, epoch=store.epoch, now=now, meta=meta)
    return Handled(appended, recorded)
