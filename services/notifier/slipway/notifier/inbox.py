"""Takes every event topic from Kafka: expectations, incidents, words to send.

A record may come again: `seen` knows how far its stream was handled, and what a death left half
done may be done again. No channel is called here. Next: `worker`.
"""

from collections.abc import Callable
from datetime import datetime

from slipway.contracts import commands, incidents, subscriptions, vps
from slipway.contracts.envelope import Meta, Recorded
from slipway.contracts.ids import stream_of
from slipway.contracts.incidents import Occasion
from slipway.contracts.vps import SourceVersion
from slipway.eventstore.store import EventStore, NewStream
from slipway.notifier.expectations.handler import Promises
from slipway.notifier.incidents.correlation import Attribution
from slipway.notifier.incidents.intake import IncidentDesk
from slipway.notifier.incidents.rules.table import findings, judged
from slipway.notifier.notifications import decider as notification
from slipway.notifier.processed_versions import Seen

_ANNOUNCED = {
    incidents.IncidentOpened: Occasion.OPENED,
    incidents.IncidentGrew: Occasion.GREW,
    incidents.IncidentReminded: Occasion.REMINDER,
    incidents.IncidentResolved: Occasion.RESOLVED,
}


class Inbox:
    def __init__(  # noqa: PLR0913 - wiring hands these in once
        self,
        store: EventStore,
        seen: Seen,
        promises: Promises,
        attribution: Attribution,
        desk: IncidentDesk,
        *,
        clock: Callable[[], datetime],
        first_channel: str,
        wake: Callable[[], None],
    ) -> None:
        self._store = store
        self._seen = seen
        self._promises = promises
        self._attribution = attribution
        self._desk = desk
        self._clock = clock
        self._first_channel = first_channel
        self._wake = wake

    async def handle(self, recorded: Recorded) -> None:
        """One record; every event counts once, and in its stream's order."""
        event, now, meta = recorded.event, self._clock(), Meta.caused_by(recorded)
        if isinstance(event, commands.AcknowledgeIncident | commands.ResolveIncident):
            meta = event.meta_of_answer(recorded.meta)
            await self._desk.obey(event, now=now, meta=meta)
            return
        if not _matters(recorded) or await self._seen.already(recorded):
            return
        match event:
            case subscriptions.SubscriptionEvent():
                source = SourceVersion(epoch=recorded.epoch, version=recorded.version)
                await self._promises.on_entitlement(event, source, now=now, meta=meta)
            case vps.VpsEvent():
                await self._promises.on_vps(event, now=now, meta=meta)
            case incidents.IncidentEvent() if type(event) in _ANNOUNCED:
                await self._announce(event, recorded.version, now, meta)
            case _:
                pass
        found = await self._attribution.attributed(recorded, findings(recorded))
        await self._desk.take(recorded.id, found, now=now, meta=meta)
        await self._seen.note(recorded, now)

    async def _announce(
        self, event: incidents.IncidentEvent, version: int, now: datetime, meta: Meta
    ) -> None:
        queued = incidents.NotificationQueued(
            notification_id=f"{event.incident_id}/{version}/{self._first_channel}",
            incident_id=event.incident_id,
            channel=self._first_channel,
            occasion=_ANNOUNCED[type(event)],
            queued_at=now,
            symptom_count=getattr(event, "symptom_count", 1),
        )
        stream = stream_of(notification.DECIDER.category, queued.notification_id)
        await self._store.create_streams(
            notification.DECIDER, [NewStream(stream, [queued], now, meta)]
        )
        self._wake()


def _matters(recorded: Recorded) -> bool:
    event = recorded.event
    followed = isinstance(event, subscriptions.SubscriptionEvent | vps.VpsEvent)
    return followed or type(event) in _ANNOUNCED or judged(event)
