"""Consumes every event topic: updates expectations and incidents, and queues notifications.

A record may be redelivered. `processed_versions` skips records that were processed completely. Work
that a crash interrupted is repeated safely. No channel is called here, because the sender does that
as due work.
"""

from collections.abc import Callable
from datetime import datetime

from slipway.contracts import commands, incidents, subscriptions, vps
from slipway.contracts.envelope import Meta, Recorded
from slipway.contracts.ids import stream_of
from slipway.contracts.incidents import AffectedCustomer, Occasion
from slipway.contracts.vps import SourceVersion
from slipway.eventstore.store import EventStore, NewStream
from slipway.notifier.expectations.handler import ExpectationHandler
from slipway.notifier.incidents.correlation import Correlation
from slipway.notifier.incidents.intake import IncidentIntake
from slipway.notifier.incidents.rules.table import apply_rules, has_rule
from slipway.notifier.notifications import decider as notification
from slipway.notifier.processed_versions import ProcessedVersions

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
        processed: ProcessedVersions,
        expectations: ExpectationHandler,
        correlation: Correlation,
        intake: IncidentIntake,
        *,
        clock: Callable[[], datetime],
        first_channel: str,
        wake: Callable[[], None],
    ) -> None:
        self._store = store
        self._processed = processed
        self._expectations = expectations
        self._correlation = correlation
        self._intake = intake
        self._clock = clock
        self._first_channel = first_channel
        self._wake = wake

    async def handle(self, recorded: Recorded) -> None:
        """Handles one record. Every event counts once, in the sequence of its stream."""
        event, now, meta = recorded.event, self._clock(), Meta.caused_by(recorded)
        if isinstance(event, commands.AcknowledgeIncident | commands.ResolveIncident):
            meta = event.meta_of_answer(recorded.meta)
            await self._intake.handle_command(event, now=now, meta=meta)
            return
        if not _is_relevant(recorded) or await self._processed.includes(recorded):
            return
        match event:
            case subscriptions.SubscriptionEvent():
                source = SourceVersion(epoch=recorded.epoch, version=recorded.version)
                await self._expectations.on_entitlement(event, source, now=now, meta=meta)
            case vps.VpsEvent():
                await self._expectations.on_vps(event, now=now, meta=meta)
            case incidents.IncidentEvent() if type(event) in _ANNOUNCED:
                await self._queue_notification(event, recorded.version, now, meta)
            case _:
                pass
        results = await self._correlation.correlate(recorded, apply_rules(recorded))
        await self._intake.handle_results(recorded.id, results, now=now, meta=meta)
        await self._processed.record(recorded, now)

    async def _queue_notification(
        self, event: incidents.IncidentEvent, version: int, now: datetime, meta: Meta
    ) -> None:
        queued = incidents.NotificationQueued(
            notification_id=f"{event.incident_id}/{version}/{self._first_channel}",
            incident_id=event.incident_id,
            channel=self._first_channel,
            occasion=_ANNOUNCED[type(event)],
            queued_at=now,
            symptom_count=_symptom_count(event),
            customers=_customers(event),
        )
        stream = stream_of(notification.DECIDER.category, queued.notification_id)
        await self._store.create_streams(
            notification.DECIDER, [NewStream(stream, [queued], now, meta)]
        )
        self._wake()


def _symptom_count(event: incidents.IncidentEvent) -> int:
    if isinstance(event, incidents.IncidentGrew | incidents.IncidentResolved):
        return event.symptom_count
    if isinstance(event, incidents.IncidentReminded):
        return event.symptom_count or 1
    return 1


def _customers(event: incidents.IncidentEvent) -> tuple[AffectedCustomer, ...]:
    if isinstance(event, incidents.IncidentGrew | incidents.IncidentReminded):
        return event.customers
    return ()


def _is_relevant(recorded: Recorded) -> bool:
    event = recorded.event
    followed = isinstance(event, subscriptions.SubscriptionEvent | vps.VpsEvent)
    return followed or type(event) in _ANNOUNCED or has_rule(event)
