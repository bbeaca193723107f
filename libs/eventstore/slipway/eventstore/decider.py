"""The pure part of a stream: from a command to events, and from events to a state.

Domain modules build one `Decider` each; `command_handling` and the stores call it.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import reduce
from typing import Any, Generic, TypeVar

from slipway.contracts.envelope import Event

C = TypeVar("C")
S = TypeVar("S")


def _never(_state: object) -> None:
    return None


@dataclass(frozen=True)
class Decider(Generic[C, S]):
    """`decide` returns a command's events, `evolve` the state after an event; both do no I/O."""

    category: str
    """The first part of the stream's id; see `contracts.topics` for where it is published."""
    initial: S
    decide: Callable[[C, S], Sequence[Event]]
    evolve: Callable[[S, Event], S]
    state_type: Any
    """A dataclass, or a union of dataclasses; pydantic reads and writes it."""
    due_at: Callable[[S], datetime | None] = _never
    """Returns when the stream next needs work, by our clock, or None if it waits for nothing."""
    has_open_work: Callable[[S], bool] | None = None
    """Returns whether work is outstanding. By default a stream has open work while it is due.

    The sweep finds streams that have open work but no due time: they are stuck (H13).
    """
    fold_version: int = 1
    """Raise it whenever `evolve` or the state changes: older snapshots are then folded again."""
    private_events: tuple[type[Event], ...] = ()
    """Event classes of a stream that is never published."""

    def is_open(self, state: S) -> bool:
        if self.has_open_work is not None:
            return self.has_open_work(state)
        return self.due_at(state) is not None

    def fold(self, events: Iterable[Event], state: S | None = None) -> S:
        return reduce(self.evolve, events, self.initial if state is None else state)
