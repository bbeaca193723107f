"""The inputs of every simulator: the clock, the waiting function, and the random source.

`__main__` passes real ones, and a test passes its own. The same seed results in the same ids and
faults.
"""

from collections.abc import Awaitable, Callable, MutableSequence, Sequence
from datetime import datetime
from typing import Protocol, TypeVar

T = TypeVar("T")

Clock = Callable[[], datetime]
"""Returns the current time, aware, in UTC."""

Sleep = Callable[[float], Awaitable[None]]
"""Waits that many seconds."""


class RandomSource(Protocol):
    """The methods of `random.Random` that the simulators use."""

    def random(self) -> float: ...

    def uniform(self, a: float, b: float) -> float: ...

    def randint(self, a: int, b: int) -> int: ...

    def getrandbits(self, k: int, /) -> int: ...

    def choice(self, seq: Sequence[T]) -> T: ...

    def choices(
        self, population: Sequence[T], weights: Sequence[float] | None = None, *, k: int = 1
    ) -> list[T]: ...

    def shuffle(self, x: MutableSequence[T]) -> None: ...
