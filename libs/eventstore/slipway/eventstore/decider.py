"""The pure part of a stream: a command leads to events, and events lead to a state.

Domain modules build one `Decider` for each category of streams. `command_handling` and the stores
call it.
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
    """The functions of one category of streams. They do no I/O.

    `decide` returns the events that a command leads to. `evolve` returns the state after an event.
    """

    category: str
    """The first part of the stream's id. `contracts.topics` maps it to a topic."""
    initial: S
    decide: Callable[[C, S], Sequence[Event]]
    evolve: Callable[[S, Event], S]
    state_type: Any
    """A dataclass or a union of dataclasses. Pydantic converts it to plain data and back."""
    due_at: Callable[[S], datetime | None] = _never
    """Returns when the stream next needs work, or None if it needs none."""
    has_open_work: Callable[[S], bool] | None = None
    """Returns whether the stream has open work. By default it has while `due_at` returns a time.

    The sweep finds streams that have open work but no due time: they are stuck (H13).
    """
    fold_version: int = 1
    """Must be increased whenever `evolve` or the state changes. Old snapshots are then ignored."""
    private_events: tuple[type[Event], ...] = ()
    """Event classes of a stream that is never published. The published codec lacks them."""

    def is_open(self, state: S) -> bool:
        if self.has_open_work is not None:
            return self.has_open_work(state)
        return self.due_at(state) is not None

    def fold(self, events: Iterable[Event], state: S | None = None) -> S:
        return reduce(self.evolve, events, self.initial if state is None else state)
