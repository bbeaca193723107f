"""Raises and clears incidents, each symptom once, and obeys people; `inbox` and `watch` hand in.

Every step may be repeated: a symptom is remembered before its incident is raised and ticked off
after, so a death in between repeats the raising, which changes nothing when it happened.
"""

from collections.abc import Iterable
from datetime import datetime

from slipway.contracts.commands import AcknowledgeIncident, ResolveIncident
from slipway.contracts.envelope import Meta
from slipway.eventstore.command_handling import handle
from slipway.eventstore.store import EventStore
from slipway.notifier.incidents import decider as incident
from slipway.notifier.incidents.rules.result import Finding, Recovery, Symptom
from slipway.notifier.incidents.symptoms import Place, Symptoms


class IncidentDesk:
    def __init__(
        self, store: EventStore, symptoms: Symptoms, pace: incident.Pace = incident.PACE
    ) -> None:
        self._store = store
        self._symptoms = symptoms
        self._pace = pace

    async def take(
        self, event_id: str, findings: Iterable[Finding], *, now: datetime, meta: Meta
    ) -> None:
        """Handle what one event showed. Safe to repeat with the same event id."""
        for number, finding in enumerate(findings):
            id_ = f"{event_id}#{number}"
            if isinstance(finding, Symptom):
                await self._raise(id_, finding, now, meta)
            else:
                await self._clear(id_, finding, now, meta)

    async def obey(
        self, command: AcknowledgeIncident | ResolveIncident, *, now: datetime, meta: Meta
    ) -> None:
        """A person's word on one incident. Safe to repeat."""
        stream = incident.stream_of(command.incident_id)
        said = (command.incident_id, command.command_id, command.actor, command.reason)
        if isinstance(command, AcknowledgeIncident):
            await self._decide(stream, incident.Acknowledge(*said), now, meta)
            return
        opened = (await self._store.load(incident.DECIDER, stream)).state.opened
        if opened is None or opened.incident_id != command.incident_id:
            await self._decide(stream, incident.Close(*said), now, meta)
            return
        # Its symptoms end with it: what shows the cause from now on opens it anew.
        over = Recovery(opened.cause, opened.subject, None, command.reason)
        await self._symptoms.take_away(command.command_id, over)
        await self._decide(stream, incident.Close(*said), now, meta)
        await self._raise_what_is_left((opened.cause, opened.subject), now, meta)

    async def is_open(self, place: Place) -> bool:
        stream = incident.stream_id(*place)
        return (await self._store.load(incident.DECIDER, stream)).state.opened is not None

    async def laid_to(self, affected: str) -> list[Place]:
        """The incidents that a symptom of this VPS, delivery or location belongs to."""
        return await self._symptoms.laid_to(affected)

    async def _raise(self, symptom_id: str, symptom: Symptom, now: datetime, meta: Meta) -> None:
        if not await self._symptoms.remember(symptom_id, symptom):
            return
        stream = incident.stream_id(symptom.cause, symptom.subject)
        await self._decide(stream, incident.Raise(symptom, now, self._pace), now, meta)
        live = await self._symptoms.live(symptom.cause, symptom.subject)
        if live >= incident.THRESHOLDS[0]:
            await self._decide(stream, incident.Count(live), now, meta)
        await self._symptoms.raised(symptom_id)

    async def _clear(self, event_id: str, recovery: Recovery, now: datetime, meta: Meta) -> None:
        for place in await self._symptoms.take_away(event_id, recovery):
            if await self._symptoms.any_live(*place) is None:
                clear = incident.Clear(recovery.reason)
                await self._decide(incident.stream_id(*place), clear, now, meta)
            await self._raise_what_is_left(place, now, meta)

    async def _raise_what_is_left(self, place: Place, now: datetime, meta: Meta) -> None:
        """One that joined while the incident was being closed must not go under in silence."""
        left = await self._symptoms.any_live(*place)
        if left is not None:
            again = incident.Raise(left, now, self._pace)
            await self._decide(incident.stream_id(*place), again, now, meta)

    async def _decide(
        self, stream: str, command: incident.Command, now: datetime, meta: Meta
    ) -> None:
        await handle(self._store, incident.DECIDER, stream, command, now=now, meta=meta)
