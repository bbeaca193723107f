"""Raises and clears incidents, each symptom once; `inbox` and `watch` hand findings in.

Every step may be repeated: a symptom is remembered before its incident is raised and ticked off
after, so a death in between repeats the raising, which changes nothing when it happened.
"""

from collections.abc import Callable, Iterable
from datetime import datetime

from slipway.contracts.envelope import Meta
from slipway.eventstore.command_handling import handle
from slipway.eventstore.store import EventStore
from slipway.notifier import incident
from slipway.notifier.findings import Finding, Recovery, Symptom
from slipway.notifier.symptoms import Symptoms


class IncidentDesk:
    def __init__(
        self, store: EventStore, symptoms: Symptoms, clock: Callable[[], datetime]
    ) -> None:
        self._store = store
        self._symptoms = symptoms
        self._clock = clock

    async def take(self, event_id: str, findings: Iterable[Finding], meta: Meta) -> None:
        """Handle what one event showed. Safe to repeat with the same event id."""
        for number, finding in enumerate(findings):
            if isinstance(finding, Symptom):
                await self._raise(f"{event_id}#{number}", finding, meta)
            else:
                await self._clear(finding, meta)

    async def _raise(self, symptom_id: str, symptom: Symptom, meta: Meta) -> None:
        if not await self._symptoms.remember(symptom_id, symptom):
            return
        now = self._clock()
        await self._decide(symptom.cause, symptom.scope, incident.Raise(symptom, now), meta)
        live = await self._symptoms.live(symptom.cause, symptom.scope)
        if live >= incident.THRESHOLDS[0]:
            await self._decide(symptom.cause, symptom.scope, incident.Count(live), meta)
        await self._symptoms.raised(symptom_id)

    async def _clear(self, recovery: Recovery, meta: Meta) -> None:
        if await self._symptoms.take_away(recovery):
            command = incident.Clear(recovery.reason)
            await self._decide(recovery.cause, recovery.scope, command, meta)

    async def _decide(self, cause: str, scope: str, command: incident.Command, meta: Meta) -> None:
        stream = incident.stream_id(cause, scope)
        await handle(self._store, incident.DECIDER, stream, command, now=self._clock(), meta=meta)
