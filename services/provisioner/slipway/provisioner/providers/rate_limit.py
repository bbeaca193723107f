"""A token bucket that follows the rate limit which the provider reports in its answers."""

import threading
from collections.abc import Callable, Mapping

_RESERVE = 5.0
"""Tokens reserved for urgent steps, which are probes and polls."""
_STEP = 2.0
"""Tokens that a step costs: one request to find a server and one to change it."""


class TokenBucket:
    """Counts the requests that are still allowed. Refills steadily, as Hetzner's limit does.

    A lock is needed, because HTTP threads call `report` and the event loop calls `acquire`.
    """

    def __init__(self, clock: Callable[[], float], per_second: float = 1.0) -> None:
        self._clock = clock
        self._per_second = per_second
        self._remaining: float | None = None
        self._reported_at = 0.0
        self._stopped_until = 0.0
        self._lock = threading.Lock()

    def report(self, headers: Mapping[str, str]) -> None:
        """Updates the bucket from `RateLimit-Remaining` and `RateLimit-Limit`, if they are numbers.

        Ignores `RateLimit-Reset`, because waiting until the bucket is full would take too long.
        """
        remaining, limit = _number(headers, "Remaining"), _number(headers, "Limit")
        if remaining is None:
            return
        with self._lock:
            self._remaining, self._reported_at = float(remaining), self._clock()
            if limit:
                self._per_second = limit / 3600

    def empty(self, for_seconds: float | None) -> None:
        """Empties the bucket, because the provider reported that the limit is used up.

        If the provider named a time, `acquire` returns a wait until `for_seconds` have passed.
        """
        with self._lock:
            now = self._clock()
            self._remaining, self._reported_at = 0.0, now
            self._stopped_until = max(self._stopped_until, now + (for_seconds or 0.0))

    @property
    def remaining(self) -> float | None:
        """Returns the tokens left, or None until the provider has reported its limit."""
        if self._remaining is None:
            return None
        return self._remaining + (self._clock() - self._reported_at) * self._per_second

    def acquire(self, *, urgent: bool) -> float:
        """Takes one step's tokens and returns 0, or takes none and returns the seconds to wait."""
        with self._lock:
            now, remaining = self._clock(), self.remaining
            kept = 0.0 if urgent else _RESERVE
            if self._stopped_until > now:
                return self._stopped_until - now
            if remaining is None:
                return 0.0
            if remaining <= kept:
                return (kept + 1 - remaining) / self._per_second
            self._remaining, self._reported_at = remaining - _STEP, now
            return 0.0


def _number(headers: Mapping[str, str], name: str) -> int | None:
    text = headers.get(f"RateLimit-{name}", "")
    return int(text) if text.isascii() and text.isdigit() else None
