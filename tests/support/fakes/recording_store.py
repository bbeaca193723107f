"""A memory store that records its writes, and that a test makes unavailable or kills."""

from collections.abc import Sequence
from typing import Any

from slipway.eventstore.decider import Decider
from slipway.eventstore.memory import MemoryEventStore
from slipway.eventstore.store import StoreUnavailable
from slipway.eventstore.stream import NewStream


class Killed(BaseException):
    """Simulates kill -9. No code catches it."""


class RecordingStore(MemoryEventStore):
    written: tuple[str, ...] = ()
    """The categories in the order of their writes."""
    dies_after: str | None = None
    away: bool = False

    async def append(self, decider: Decider[Any, Any], *args: Any, **more: Any) -> Any:
        appended = await super().append(decider, *args, **more)
        self.written += (decider.category,)
        if self.dies_after == decider.category:
            self.dies_after = None
            raise Killed
        return appended

    async def create_streams(
        self, decider: Decider[Any, Any], new_streams: Sequence[NewStream]
    ) -> list[bool]:
        if self.away:
            raise StoreUnavailable("AutoReconnect")
        return await super().create_streams(decider, new_streams)
