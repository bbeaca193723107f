"""Lays what an event shows to the incident it belongs to, and names the customer.

One cause, one incident: a VPS that is late because its account is paused is a symptom of that, and
each VPS's trouble is told once. `inbox` asks, between `rules` and `incident_desk`.
"""

from dataclasses import replace

from slipway.contracts import incidents, vps
from slipway.contracts.envelope import Recorded
from slipway.contracts.ids import stream_of
from slipway.contracts.incidents import IncidentCause
from slipway.contracts.vps import OperationKind
from slipway.eventstore.store import EventStore
from slipway.notifier.customers import Card, Directory
from slipway.notifier.expectations import decider as expectation
from slipway.notifier.incidents.intake import IncidentDesk
from slipway.notifier.incidents.rules.result import Finding, Recovery, Symptom
from slipway.notifier.incidents.symptoms import Place


class Attribution:
    def __init__(self, store: EventStore, directory: Directory, desk: IncidentDesk) -> None:
        self._store = store
        self._directory = directory
        self._desk = desk

    async def attributed(self, recorded: Recorded, found: list[Finding]) -> list[Finding]:
        event = recorded.event
        symptoms = [one for one in found if isinstance(one, Symptom)]
        if not symptoms or not isinstance(event, incidents.ExpectationEvent | vps.VpsEvent):
            return found
        card = await self._directory.card(event.vps_id)
        if isinstance(event, incidents.ExpectationMissed):
            if not await self._still_missed(event):
                return []
            return [_of(card, await self._stopped_by(symptoms[0], event, card))]
        elsewhere = await self._elsewhere(symptoms[0])
        return [*elsewhere, *(_of(card, one) for one in symptoms)]

    async def _still_missed(self, event: incidents.ExpectationMissed) -> bool:
        # The proof may have overtaken this record on another topic: only what still lacks counts.
        stream = stream_of(expectation.DECIDER.category, event.vps_id)
        awaited = (await self._store.load(expectation.DECIDER, stream)).state.awaited
        return awaited is not None and awaited.missed and awaited.kind == event.kind

    async def _stopped_by(
        self, symptom: Symptom, event: incidents.ExpectationMissed, card: Card
    ) -> Symptom:
        """Laid to what was told of this VPS already, else to what stops it, else by itself."""
        known = await self._desk.laid_to(event.vps_id)
        for cause, subject in known or _what_may_stop(event.kind, card):
            if await self._desk.is_open((cause, subject)):
                return replace(symptom, cause=cause, subject=subject)
        return symptom

    async def _elsewhere(self, symptom: Symptom) -> list[Finding]:
        """It is told for itself now: no longer a symptom of what seemed to stop it."""
        here = (symptom.cause, symptom.subject)
        return [
            Recovery(*place, symptom.affected, "What is left is told by itself.")
            for place in await self._desk.laid_to(symptom.affected)
            if place != here
        ]


def _what_may_stop(kind: OperationKind, card: Card) -> list[Place]:
    places: list[Place] = (
        [(IncidentCause.SAFETY_BRAKE, "brake")] if card.withheld == "brake" else []
    )
    if card.account is not None:
        places += [
            (IncidentCause.ACCOUNT_PAUSED, card.account),
            (IncidentCause.ACCOUNT_PROOF_FAILED, card.account),
        ]
    # Nothing is deleted without GHL's word, which ingest asks for.
    asked = ["provisioner", "ingest"] if kind is OperationKind.DELETE else ["provisioner"]
    return places + [
        (cause, name)
        for name in asked
        for cause in (IncidentCause.HEARTBEAT_MISSING, IncidentCause.SERVICE_UNHEALTHY)
    ]


def _of(card: Card, symptom: Symptom) -> Symptom:
    return replace(
        symptom,
        contact_id=symptom.contact_id or card.contact_id,
        plan=symptom.plan or card.plan,
    )
