"""The provider's rate limit as its answers tell it; its share is taken before an attempt starts."""

import threading
from collections.abc import Callable, Mapping

_RESERVE = 5.0
"""Requests left for what must not wait: probes and looks."""
_STEP = 2.0
"""Requests that a step costs: a find and a create."""


class Budget:
    """Refills at a steady rate, as Hetzner's does. Threads note, the event loop takes."""

    def __init__(self, clock: Callable[[], float], per_second: float = 1.0) -> None:
        self._clock = clock
        self._per_second = per_second
        self._left: float | None = None
        self._noted_at = 0.0
        self._stopped_until = 0.0
        self._lock = threading.Lock()

    def note(self, headers: Mapping[str, str]) -> None:
        """`RateLimit-Remaining` and `-Limit`, where there are; nonsense is passed over.

        `RateLimit-Reset` is when the bucket is full again: nothing is worth waiting for that long.
        """
        remaining, limit = _number(headers, "Remaining"), _number(headers, "Limit")
        if remaining is None:
            return
        with self._lock:
            self._left, self._noted_at = float(remaining), self._clock()
            if limit:
                self._per_second = limit / 3600

    def empty(self, for_seconds: float | None) -> None:
        """The provider said that it is used up, and perhaps for how long."""
        with self._lock:
            now = self._clock()
            self._left, self._noted_at = 0.0, now
            self._stopped_until = max(self._stopped_until, now + (for_seconds or 0.0))

    @property
    def left(self) -> float | None:
        if self._left is None:
            return None
        return self._left + (self._clock() - self._noted_at) * self._per_second

    def take(self, *, urgent: bool) -> float:
        """Seconds to wait; 0: go, and what a step costs is taken."""
        with self._lock:
            now, left, kept = self._clock(), self.left, 0.0 if urgent else _RESERVE
            if self._stopped_until > now:
                return self._stopped_until - now
            if left is None:
                return 0.0
            if left <= kept:
                return (kept + 1 - left) / self._per_second
            self._left, self._noted_at = left - _STEP, now
            return 0.0


def _number(headers: Mapping[str, str], name: str) -> int | None:
    text = headers.get(f"RateLimit-{name}", "")
    return int(text) if text.isascii() and text.isdigit() else None
