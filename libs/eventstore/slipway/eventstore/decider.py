"""What a stream must offer: pure functions from a command to events and from events to a state.

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


@dataclass(frozen=True)
class Decider(Generic[C, S]):
    """`decide` says what happens, `evolve` what that means; neither knows a clock or does I/O."""

    category: str
    """The first part of the stream's id; see `contracts.topics` for where it is published."""
    initial: S
    decide: Callable[[C, S], Sequence[Event]]
    evolve: Callable[[S, Event], S]
    due_at: Callable[[S], datetime | None]
    """When the stream next needs work, by our clock; None where it waits for nothing."""
    is_open: Callable[[S], bool]
    """Whether work is outstanding: open without a due time is a stuck stream, and is swept."""
    state_type: Any
    """A dataclass, or a union of dataclasses; pydantic reads and writes it."""
    fold_version: int = 1
    """Raise it whenever `evolve` or the state changes: older snapshots are then folded anew."""
    private_events: tuple[type[Event], ...] = ()
    """Event classes of a stream that is never published."""

    def fold(self, events: Iterable[Event], state: S | None = None) -> S:
        return reduce(self.evolve, events, self.initial if state is None else state)
