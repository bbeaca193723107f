"""The notifier's worker in memory, with fake notification channels."""

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
from slipway.notifier.incidents import decider as incident
from slipway.notifier.incidents.rules.result import Symptom
from slipway.notifier.notifications import decider as notification
from slipway.notifier.notifications.port import Letter
from slipway.notifier.notifications.sender import Sender
from slipway.notifier.worker import Worker

from tests.support.fakes.clock import HandClock

META = Meta(correlation_id="story")


def symptom(affected: str = "loc:ada-1", **more: object) -> Symptom:
    fields: dict[str, object] = {
        "cause": IncidentCause.CREATE_FAILED,
        "subject": "loc:ada-1",
        "affected": affected,
        "severity": Severity.NOW,
        "title": "The VPS of ada waits for a person",
        "explanation": "The provider refused it.",
        "next_step": "Retry it.",
        "since": HandClock()(),
        "contact_id": "contact-ada",
        "plan": "small",
    }
    return Symptom(**(fields | more))  # type: ignore[arg-type]


class FakeChannel:
    """Keeps what it took; `mishap` happens after it took a letter, before anyone is told so."""

    def __init__(self, name: str = "slack") -> None:
        self.name = name
        self.taken: list[Letter] = []
        self.mishap: Callable[[], Awaitable[None]] | None = None

    async def send(self, letter: Letter) -> None:
        self.taken.append(letter)
        if self.mishap is not None:
            await self.mishap()


class NotifierInMemory:
    """Queues the notifications of one incident and runs the worker."""

    def __init__(
        self,
        *channels: FakeChannel,
        store: MemoryEventStore | None = None,
        clock: HandClock | None = None,
    ) -> None:
        self.clock = clock or HandClock()
        self.store = store or MemoryEventStore(self.clock)
        sender = Sender(
            self.store,
            channels,
            clock=self.clock,
            portal_url="https://portal.example",
            wake=lambda: None,
        )
        self.worker = Worker(self.store, sender, clock=self.clock)
        self._first = channels[0].name
        self._id = ""

    async def incident_opens(self) -> None:
        """Opens the incident and queues its notification for the first channel."""
        await self._happens(incident.Raise(symptom(), self.clock()), Occasion.OPENED)

    async def incident_resolves(self) -> None:
        await self._happens(incident.Clear("The server runs."), Occasion.RESOLVED)

    async def send(self, wait: timedelta = timedelta()) -> None:
        """Moves the clock and sends once all notifications that are due."""
        self.clock.forward(wait.total_seconds())
        for claim in await self.store.claim("notification", "notifier", 30, 10):
            await self.worker.notify(claim)
            await self.store.release(claim)

    async def history(self, channel: str) -> list[Recorded]:
        """Returns the stream of the opening notification on this channel."""
        return await self.store.read(f"notification-{self._id}/1/{channel}")

    async def _happens(self, command: incident.Command, occasion: Occasion) -> None:
        now, stream = self.clock(), incident.stream_id(IncidentCause.CREATE_FAILED, "loc:ada-1")
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
