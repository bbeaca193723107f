"""A location's share of GHL's rate limit: 100 requests in 10 s, per app and location (FACTS §4).

Taken before a request goes out. Patient callers, the poller above all, leave a reserve for others.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

RESERVE = 0.4
"""The share that patient callers leave."""


@dataclass
class Budget:
    """A bucket that refills evenly; `clock` is monotonic, in seconds."""

    per_window: float
    window_seconds: float
    clock: Callable[[], float]
    _tokens: float = field(init=False)
    _at: float = field(init=False)

    def __post_init__(self) -> None:
        self._tokens = self.per_window
        self._at = self.clock()

    def take(self, *, patient: bool = False) -> float:
        """0 and a token is taken, or the seconds until there will be one."""
        now = self.clock()
        rate = self.per_window / self.window_seconds
        self._tokens = min(self.per_window, self._tokens + (now - self._at) * rate)
        self._at = now
        floor = self.per_window * RESERVE if patient else 0.0
        if self._tokens - 1 >= floor:
            self._tokens -= 1
            return 0.0
        return (floor + 1 - self._tokens) / rate

    def exhaust(self) -> None:
        """GHL said so: somebody else with our token uses it too."""
        self._tokens = 0.0
