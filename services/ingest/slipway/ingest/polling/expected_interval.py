"""The interval at which a location's webhooks are expected (pure).

`silence_monitor` uses it.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

_MEMORY = 50
"""Number of intervals that the mean is taken over."""
MIN_OBSERVATIONS = 10
_UNUSUAL_FACTOR = 10
"""A pause this many times the mean is unusual."""


@dataclass(frozen=True)
class ExpectedInterval:
    """The moving mean of the intervals between a location's webhooks."""

    last_at: datetime
    mean_seconds: float = 0.0
    observations: int = 0

    def observe(self, at: datetime) -> "ExpectedInterval":
        seconds = max((at - self.last_at).total_seconds(), 0.0)
        weight = 1 / min(self.observations + 1, _MEMORY)
        mean = self.mean_seconds + (seconds - self.mean_seconds) * weight
        return ExpectedInterval(max(at, self.last_at), mean, self.observations + 1)

    def silent_since(self, now: datetime, min_silence_seconds: float) -> datetime | None:
        """Returns the time of the last webhook if the pause since then is unusual, else None.

        After too few webhooks it returns None, because the usual interval is not known yet.
        """
        if self.observations < MIN_OBSERVATIONS:
            return None
        longest = max(min_silence_seconds, _UNUSUAL_FACTOR * self.mean_seconds)
        return self.last_at if now - self.last_at > timedelta(seconds=longest) else None
