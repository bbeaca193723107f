"""A location's share of GHL's rate limit: 100 requests in 10 s (docs/ghl.md, Rate limits).

Taken before a request goes out. Patient callers, the poller above all, leave a reserve for others.
"""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

RESERVE = 0.4
"""The share that patient callers leave."""

_MARGIN_SECONDS = 0.25
"""Requests reach GHL at another pace than they left us."""


@dataclass
class Budget:
    """A sliding window: never more than `most` in any one, whichever way GHL counts.

    `clock` is monotonic, in seconds.
    """

    most: float
    window_seconds: float
    clock: Callable[[], float]
    _taken: deque[float] = field(default_factory=deque)
    _closed_until: float = 0.0

    def take(self, *, patient: bool = False) -> float:
        """0 and one is taken, or the seconds until it is worth asking again."""
        now = self.clock()
        if now < self._closed_until:
            return self._closed_until - now
        window = self.window_seconds + _MARGIN_SECONDS
        while self._taken and self._taken[0] <= now - window:
            self._taken.popleft()
        most = int(self.most * (1 - RESERVE)) if patient else int(self.most)
        over = len(self._taken) - max(most, 1)
        if over < 0:
            self._taken.append(now)
            return 0.0
        return self._taken[over] + window - now

    @property
    def left(self) -> int:
        """How many the window still holds, as of the last `take`."""
        return max(int(self.most) - len(self._taken), 0)

    def close(self, seconds: float) -> None:
        """GHL said 429: somebody else with our token uses it too."""
        self._closed_until = self.clock() + seconds
