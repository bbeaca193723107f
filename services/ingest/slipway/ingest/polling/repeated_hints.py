"""Limits how often `row_comparer` sends a hint about a row that still differs from its stream.

A hint is repeated within minutes at first and later once an hour (H35), and never while the
delivery of the last one is still being read. A restart begins with the short waits again.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from slipway.eventstore.store import EventStore
from slipway.ingest.deliveries.decider import DELIVERY, is_open

_SHORTEST = timedelta(minutes=5)
_LONGEST = timedelta(hours=1)


@dataclass(frozen=True)
class _LastHint:
    difference: str
    first_at: datetime
    again_at: datetime
    stream: str


class RepeatedHints:
    def __init__(self, store: EventStore) -> None:
        self._store = store
        self._last: dict[str, _LastHint] = {}

    async def allows(self, id_: str, difference: str, now: datetime) -> bool:
        """Returns whether a hint about this difference may be sent now. Raises StoreUnavailable."""
        last = self._last.get(id_)
        if last is None or last.difference != difference:
            return True
        if now < last.again_at:
            return False
        return not is_open((await self._store.load(DELIVERY, last.stream)).state)

    def note(self, id_: str, difference: str, now: datetime, stream: str) -> None:
        last = self._last.get(id_)
        first_at = last.first_at if last and last.difference == difference else now
        wait = min(max(now - first_at, _SHORTEST), _LONGEST)
        self._last[id_] = _LastHint(difference, first_at, now + wait, stream)

    def forget(self, id_: str) -> None:
        self._last.pop(id_, None)
