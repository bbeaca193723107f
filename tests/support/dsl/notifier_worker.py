"""The notifier's sender in memory, with fake notification channels."""

from collections.abc import Awaitable, Callable
from datetime import timedelta

from slipway.contracts.envelope import Meta, Recorded
from slipway.contracts.incidents import (
    IncidentCause,
    IncidentEvent,
    NotificationQueued,
    Occasion,
    Severity,
)
from slipway.eventstore.command_handling import handle
from slipway.eventstore.memory import MemoryEventStore
from slipway.eventstore.store import NewStream
from slipway.notifier.incident_key import IncidentKey
from slipway.notifier.incidents import decider as incident
from slipway.notifier.incidents.commands import Command, Raise, Recover
from slipway.notifier.incidents.rules.result import Symptom
from slipway.notifier.notifications import decider as notification
from slipway.notifier.notifications.port import RenderedMessage
from slipway.notifier.notifications.sender import Sender

from tests.support.fakes.clock import HandClock

META = Meta(correlation_id="story")


def symptom(affected: str = "loc:ada-1", **more: object) -> Symptom:
    fields: dict[str, object] = {
        "cause": IncidentCause.CREATE_FAILED,
        "subject": "loc:ada-1",
        "affected": affected,
        "severity": Severity.NOW,
        "title": "A paid VPS is not running",
        "explanation": "The provider refused it.",
        "next_step": "Retry it.",
        "since": HandClock()(),
        "contact_id": "contact-ada",
        "plan": "small",
    }
    return Symptom(**(fields | more))  # type: ignore[arg-type]


class FakeChannel:
    """Keeps the accepted messages. `fault` runs after a message was accepted, before the reply."""

    def __init__(self, name: str = "slack") -> None:
        self.name = name
        self.accepted: list[RenderedMessage] = []
        self.fault: Callable[[], Awaitable[None]] | None = None

    async def send(self, message: RenderedMessage) -> None:
        self.accepted.append(message)
        if self.fault is not None:
            await self.fault()


class NotifierInMemory:
    """Queues the notifications of one incident and sends them."""

    def __init__(
        self,
        *channels: FakeChannel,
        store: MemoryEventStore | None = None,
        clock: HandClock | None = None,
    ) -> None:
        self.clock = clock or HandClock()
        self.store = store or MemoryEventStore(self.clock)
        self.sender = Sender(
            self.store,
            channels,
            clock=self.clock,
            portal_url="https://portal.example",
            wake=lambda: None,
        )
        self._first = channels[0].name
        self._id = ""

    async def incident_opens(self) -> None:
        """Opens the incident and queues its notification for the first channel."""
        await self._happens(Raise(symptom(), self.clock()), Occasion.OPENED)

    async def incident_resolves(self) -> None:
        await self._happens(Recover("The server is running."), Occasion.RESOLVED)

    async def send(self, wait: timedelta = timedelta()) -> None:
        """Moves the clock and sends once all notifications that are due."""
        self.clock.forward(wait.total_seconds())
        for claim in await self.store.claim("notification", "notifier", 30, 10):
            await self.sender.send(claim)
            await self.store.release(claim)

    async def history(self, channel: str) -> list[Recorded]:
        """Returns the stream of the opening notification on this channel."""
        return await self.store.read(f"notification-{self._id}/1/{channel}")

    async def _happens(self, command: Command, occasion: Occasion) -> None:
        now, stream = self.clock(), IncidentKey(IncidentCause.CREATE_FAILED, "loc:ada-1").stream()
        handled = await handle(self.store, incident.DECIDER, stream, command, now=now, meta=META)
        [recorded] = handled.recorded
        assert isinstance(recorded.event, IncidentEvent)
        self._id = recorded.event.incident_id
        queued = NotificationQueued(
            notification_id=f"{self._id}/{recorded.version}/{self._first}",
            incident_id=self._id,
            channel=self._first,
            occasion=occasion,
            queued_at=now,
            symptom_count=1,
        )
        named = f"notification-{queued.notification_id}"
        await self.store.create_streams(
            notification.DECIDER, [NewStream(named, [queued], now, META)]
        )
