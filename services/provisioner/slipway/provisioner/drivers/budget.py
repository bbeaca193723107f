"""The provider's rate limit as its answers tell it; asked before an attempt starts, never after."""

import threading
from collections.abc import Callable, Mapping

_RESERVE = 5
"""Requests left for what must not wait: probes and looks."""


class Budget:
    """Refills at a steady rate, as Hetzner's does. Threads note, the event loop asks."""

    def __init__(self, clock: Callable[[], float], per_second: float = 1.0) -> None:
        self._clock = clock
        self._per_second = per_second
        self._left: float | None = None
        self._noted_at = 0.0
        self._lock = threading.Lock()

    def note(self, headers: Mapping[str, str]) -> None:
        """`RateLimit-Remaining`, where there is one; nonsense is passed over."""
        remaining = headers.get("RateLimit-Remaining", "")
        limit = headers.get("RateLimit-Limit", "")
        if not remaining.isdigit():
            return
        with self._lock:
            self._left, self._noted_at = float(remaining), self._clock()
            if limit.isdigit() and int(limit) > 0:
                self._per_second = int(limit) / 3600

    def empty(self) -> None:
        """The provider said that it is used up."""
        with self._lock:
            self._left, self._noted_at = 0.0, self._clock()

    @property
    def left(self) -> float | None:
        if self._left is None:
            return None
        return self._left + (self._clock() - self._noted_at) * self._per_second

    def wait_seconds(self) -> float:
        left = self.left
        if left is None or left > _RESERVE:
            return 0.0
        return (_RESERVE + 1 - left) / self._per_second
