"""Keeps the calls below GHL's rate limit: 100 requests in 10 s per app and location.

`caller` calls `acquire` before each request. Callers with low priority, above all the poller, leave
a part of the limit to other callers.
"""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

LOW_PRIORITY_RESERVE = 0.4
"""The share of the limit that callers with low priority leave to other callers."""

_MAX_REFUSED_SECONDS = 300.0
"""A day's quota that is used up is refused until midnight."""
_MAX_REFUSALS = 30

_MARGIN_SECONDS = 0.25
"""Added to the window, because requests may reach GHL closer together than they are sent."""


@dataclass
class RateLimiter:
    """Limits requests in a sliding window.

    So the limit holds for every window, whenever GHL's own window begins.
    `clock` is monotonic, in seconds.
    """

    max_requests: float
    window_seconds: float
    clock: Callable[[], float]
    _sent_at: deque[float] = field(default_factory=deque)
    _blocked_until: float = 0.0
    _refusals: int = 0

    def acquire(self, *, low_priority: bool = False) -> float:
        """Counts one request and returns 0, or returns the seconds to wait before the next try."""
        now = self.clock()
        if now < self._blocked_until:
            return self._blocked_until - now
        window = self.window_seconds + _MARGIN_SECONDS
        while self._sent_at and self._sent_at[0] <= now - window:
            self._sent_at.popleft()
        share = 1 - LOW_PRIORITY_RESERVE if low_priority else 1
        excess = len(self._sent_at) - max(int(self.max_requests * share), 1)
        if excess < 0:
            self._sent_at.append(now)
            return 0.0
        return self._sent_at[excess] + window - now

    @property
    def remaining(self) -> int:
        """Returns how many requests the window still allowed at the last `acquire`."""
        return max(int(self.max_requests) - len(self._sent_at), 0)

    def refused(self, retry_after: float) -> float:
        """Returns the wait after a 429. It doubles with each further 429 (H36).

        Refusals of calls that were under way together count as one.
        """
        now = self.clock()
        if now < self._blocked_until:
            return self._blocked_until - now
        wait = max(retry_after, min(retry_after * 2.0**self._refusals, _MAX_REFUSED_SECONDS))
        self._refusals = min(self._refusals + 1, _MAX_REFUSALS)
        self.block(wait)
        return wait

    def accepted(self) -> None:
        """Resets the wait, because GHL accepted a call."""
        self._refusals = 0

    def block(self, seconds: float) -> None:
        """Allows no request for `seconds`.

        Call it after a 429, which means that other programs use the same limit.
        """
        self._blocked_until = self.clock() + seconds
