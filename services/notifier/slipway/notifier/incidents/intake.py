"""Raises and resolves incidents, and handles the commands of admins.

Every step may be repeated. A symptom is stored before its incident is raised, and is marked as
raised afterwards. After a crash in between, the incident is raised again, which then changes
nothing. `inbox` and `monitoring.loop` pass the results of rules. Read next: `decider`.
"""

import asyncio
from collections.abc import Callable, Iterable
from datetime import datetime

from slipway.contracts.commands import AcknowledgeIncident, ResolveIncident
from slipway.contracts.envelope import Meta
from slipway.eventstore.command_handling import handle
from slipway.eventstore.due_work import Claim
from slipway.eventstore.store import EventStore
from slipway.notifier.incident_key import IncidentKey, stream_of_incident
from slipway.notifier.incidents.commands import (
    DEFAULT_SCHEDULE,
    Acknowledge,
    Command,
    Raise,
    Recover,
    Remind,
    ReminderSchedule,
    Resolve,
    UpdateCount,
)
from slipway.notifier.incidents.decider import DECIDER
from slipway.notifier.incidents.rules.result import Recovery, RuleResult, Symptom
from slipway.notifier.incidents.symptoms import Symptoms


class IncidentIntake:
    def __init__(
        self,
        store: EventStore,
        symptoms: Symptoms,
        *,
        clock: Callable[[], datetime],
        schedule: ReminderSchedule = DEFAULT_SCHEDULE,
    ) -> None:
        self._store = store
        self._symptoms = symptoms
        self._clock = clock
        self._schedule = schedule
        self._counting = asyncio.Lock()
        """Without it, an older count could be recorded after a newer one."""

    async def handle_results(
        self, event_id: str, results: Iterable[RuleResult], *, now: datetime, meta: Meta
    ) -> None:
        """Handles the symptoms and recoveries of one event. Safe to repeat with the same id."""
        for number, result in enumerate(results):
            id_ = f"{event_id}#{number}"
            if isinstance(result, Symptom):
                await self._add(id_, result, now, meta)
            else:
                await self._recover(id_, result, now, meta)

    async def handle_command(
        self, command: AcknowledgeIncident | ResolveIncident, *, now: datetime, meta: Meta
    ) -> None:
        """Acknowledges or resolves an incident for an admin. Safe to repeat."""
        stream = stream_of_incident(command.incident_id)
        fields = (command.incident_id, command.command_id, command.actor, command.reason)
        if isinstance(command, AcknowledgeIncident):
            await self._decide(stream, Acknowledge(*fields), now, meta)
            return
        opened = (await self._store.load(DECIDER, stream)).state.opened
        if opened is None or opened.incident_id != command.incident_id:
            await self._decide(stream, Resolve(*fields), now, meta)
            return
        # The symptoms end with the incident, so the next symptom opens a new occurrence.
        ended = Recovery(opened.cause, opened.subject, None, command.reason)
        await self._symptoms.end(command.command_id, ended)
        await self._decide(stream, Resolve(*fields), now, meta)
        await self._raise_remaining(IncidentKey(opened.cause, opened.subject), now, meta)

    async def remind(self, claim: Claim) -> None:
        """Appends a due reminder or a due count to the incident. Safe to repeat."""
        now = self._clock()
        meta = Meta.caused_by((await self._store.read(claim.stream))[-1])
        opened = (await self._store.load(DECIDER, claim.stream)).state.opened
        if opened is None:
            return
        key = IncidentKey(opened.cause, opened.subject)
        async with self._counting:
            count, customers = await self._symptoms.affected_by(key)
            command = Remind(now, self._schedule, count, customers)
            await self._decide(claim.stream, command, now, meta)

    async def is_open(self, key: IncidentKey) -> bool:
        return (await self._store.load(DECIDER, key.stream())).state.opened is not None

    async def incidents_of(self, affected: str) -> list[IncidentKey]:
        """Returns the incident keys of the active symptoms of this VPS, delivery or location."""
        return await self._symptoms.incidents_of(affected)

    async def _add(self, symptom_id: str, symptom: Symptom, now: datetime, meta: Meta) -> None:
        if not await self._symptoms.add(symptom_id, symptom):
            return
        stream = symptom.key.stream()
        await self._decide(stream, Raise(symptom, now, self._schedule), now, meta)
        await self._update_count(symptom.key, now, meta)
        await self._symptoms.mark_raised(symptom_id)

    async def _update_count(self, key: IncidentKey, now: datetime, meta: Meta) -> None:
        async with self._counting:
            count, customers = await self._symptoms.affected_by(key)
            await self._decide(key.stream(), UpdateCount(count, now, customers), now, meta)

    async def _recover(self, event_id: str, recovery: Recovery, now: datetime, meta: Meta) -> None:
        for key in await self._symptoms.end(event_id, recovery):
            if await self._symptoms.any_active(key) is None:
                await self._decide(key.stream(), Recover(recovery.reason), now, meta)
            await self._raise_remaining(key, now, meta)

    async def _raise_remaining(self, key: IncidentKey, now: datetime, meta: Meta) -> None:
        """Opens the incident again if a symptom was added while the incident was being resolved."""
        remaining = await self._symptoms.any_active(key)
        if remaining is not None:
            await self._decide(key.stream(), Raise(remaining, now, self._schedule), now, meta)
            await self._update_count(key, now, meta)

    async def _decide(self, stream: str, command: Command, now: datetime, meta: Meta) -> None:
        await handle(self._store, DECIDER, stream, command, now=now, meta=meta)
