"""The notifier's worker with a channel that the test holds in its hand."""

from collections.abc import Awaitable, Callable
from datetime import timedelta

from slipway.contracts.envelope import Meta
from slipway.contracts.incidents import IncidentOpened, NotificationQueued, Severity
from slipway.eventstore.memory import MemoryEventStore
from slipway.eventstore.store import First
from slipway.notifier import incident, notification
from slipway.notifier.findings import Symptom
from slipway.notifier.ports import Letter
from slipway.notifier.worker import Worker

from tests.support.simulated_cloud import Hand

META = Meta(correlation_id="story")


def symptom(subject: str = "loc:ada-1", **more: object) -> Symptom:
    fields: dict[str, object] = {
        "cause": "parked-create",
        "scope": "loc:ada-1",
        "subject": subject,
        "severity": Severity.NOW,
        "title": "The VPS of ada waits for a person",
        "explanation": "The provider refused it.",
        "next_step": "Retry it.",
        "since": Hand()(),
        "contact_id": "contact-ada",
        "plan": "small",
    }
    return Symptom(**(fields | more))  # type: ignore[arg-type]


class Channel:
    """Keeps what it took; `mishap` happens after it took a letter, before anyone is told so."""

    def __init__(self, name: str = "slack") -> None:
        self.name = name
        self.taken: list[Letter] = []
        self.mishap: Callable[[], Awaitable[None]] | None = None

    async def send(self, letter: Letter) -> None:
        self.taken.append(letter)
        if self.mishap is not None:
            await self.mishap()


class Teller:
    """Queues one notification of an incident and lets the worker send it."""

    def __init__(self, *channels: Channel) -> None:
        self.clock = Hand()
        self.store = MemoryEventStore(self.clock)
        self.worker = Worker(
            self.store,
            channels,
            clock=self.clock,
            portal_url="https://portal.example",
            wake=lambda: None,
        )
        self._first = channels[0].name

    async def queue(self) -> None:
        now = self.clock()
        events = incident.decide(incident.Raise(symptom(), now), incident.INITIAL)
        [opened] = events
        assert isinstance(opened, IncidentOpened)
        stream = incident.stream_of(opened.incident_id)
        await self.store.append_first(incident.DECIDER, [First(stream, [opened], now, META)])
        queued = NotificationQueued(
            notification_id=f"{opened.incident_id}/1/{self._first}",
            incident_id=opened.incident_id,
            channel=self._first,
            occasion="opened",
            queued_at=now,
            symptoms=1,
        )
        named = f"notification-{queued.notification_id}"
        await self.store.append_first(notification.DECIDER, [First(named, [queued], now, META)])

    async def send(self, wait: timedelta = timedelta()) -> None:
        """Whatever is due after that time, once."""
        self.clock.forward(wait.total_seconds())
        for claim in await self.store.claim("notification", "teller", 30, 10):
            await self.worker.notify(claim)
            await self.store.release(claim)
