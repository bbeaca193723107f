"""Takes every event topic from Kafka: expectations, incidents, words to send.

Each handler may see a record twice: expectations and incidents decide on state, symptoms and
notifications have ids of their own. No channel is called here. Next: `worker`.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

from slipway.contracts import commands, incidents, subscriptions, vps
from slipway.contracts.envelope import Meta, Recorded
from slipway.contracts.heartbeats import Heartbeat
from slipway.contracts.ids import stream_of, vps_id
from slipway.contracts.vps import Desired
from slipway.eventstore.command_handling import handle
from slipway.eventstore.store import EventStore, First
from slipway.notifier import expectation, incident, notification
from slipway.notifier.directory import Card, Directory
from slipway.notifier.findings import Finding, Recovery, Symptom
from slipway.notifier.incident_desk import IncidentDesk
from slipway.notifier.rules import findings
from slipway.notifier.vital_signs import VitalSigns

_PROVEN = {
    vps.VpsReady: Desired.RUNNING,
    vps.VpsResumed: Desired.RUNNING,
    vps.VpsSuspended: Desired.SUSPENDED,
    vps.VpsDeleted: Desired.ABSENT,
}

_ANNOUNCED = {
    incidents.IncidentOpened: "opened",
    incidents.IncidentGrew: "grew",
    incidents.IncidentReminded: "reminder",
    incidents.IncidentResolved: "resolved",
}


class Inbox:
    def __init__(  # noqa: PLR0913 - wiring hands these in once
        self,
        store: EventStore,
        directory: Directory,
        desk: IncidentDesk,
        vital_signs: VitalSigns,
        *,
        clock: Callable[[], datetime],
        promise: timedelta,
        first_channel: str,
        wake: Callable[[], None],
    ) -> None:
        self._store = store
        self._directory = directory
        self._desk = desk
        self._vital_signs = vital_signs
        self._clock = clock
        self._promise = promise
        self._first_channel = first_channel
        self._wake = wake

    async def handle(self, recorded: Recorded) -> None:
        """One record; the newest word of a stream is not needed, every event counts once."""
        meta = Meta(
            correlation_id=recorded.meta.correlation_id,
            causation_id=recorded.id,
            traceparent=recorded.meta.traceparent,
        )
        match recorded.event:
            case Heartbeat() as beat:
                self._vital_signs.heard(beat, self._clock())
                return
            case incidents.ProbeAnswered() as probe:
                self._vital_signs.probed(probe)
                return
            case commands.AcknowledgeIncident() | commands.ResolveIncident() as command:
                await self._obey(command, meta)
                return
            case subscriptions.SubscriptionEvent() as event:
                await self._expect(event, meta)
            case vps.VpsEvent() as event:
                await self._note(recorded, event, meta)
            case event if type(event) in _ANNOUNCED:
                await self._announce(recorded, meta)
            case _:
                pass
        found = findings(recorded)
        if found:
            await self._desk.take(recorded.id, await self._attributed(recorded, found), meta)

    async def _expect(self, event: subscriptions.SubscriptionEvent, meta: Meta) -> None:
        if isinstance(
            event, subscriptions.EntitlementCheckAsked | subscriptions.EntitlementChecked
        ):
            return  # the same entitlement again, as an answer to the provisioner
        entitlement = event.entitlement
        await self._directory.note_quantity(entitlement)
        highest = await self._directory.ordinals(entitlement.subscription_id)
        for ordinal in range(1, highest + 1):
            beyond = entitlement.quantity is not None and ordinal > entitlement.quantity
            if beyond and entitlement.verdict is not subscriptions.Verdict.ABSENT:
                continue  # a decrease waits for a person (H16)
            id_ = vps_id(entitlement.subscription_id, ordinal)
            await self._expectation(id_, expectation.Expect(id_, entitlement, self._promise), meta)

    async def _note(self, recorded: Recorded, event: vps.VpsEvent, meta: Meta) -> None:
        await self._directory.note(recorded)
        proven = _PROVEN.get(type(event))
        if proven is not None:
            await self._expectation(event.vps_id, expectation.Prove(event.vps_id, proven), meta)
        held_back = isinstance(event, vps.OperationWithheld) and event.why in {"observe", "held"}
        if held_back or isinstance(event, vps.VpsIgnored):
            await self._expectation(event.vps_id, expectation.Drop(), meta)

    async def _expectation(self, id_: str, command: expectation.Command, meta: Meta) -> None:
        stream = stream_of("expectation", id_)
        handled = await handle(
            self._store, expectation.DECIDER, stream, command, now=self._clock(), meta=meta
        )
        if handled.recorded:
            self._wake()

    async def _announce(self, recorded: Recorded, meta: Meta) -> None:
        event = recorded.event
        assert isinstance(event, incidents.IncidentEvent)  # noqa: S101 - narrowed by the caller
        occasion = _ANNOUNCED[type(event)]
        queued = incidents.NotificationQueued(
            notification_id=f"{event.incident_id}/{recorded.version}/{self._first_channel}",
            incident_id=event.incident_id,
            channel=self._first_channel,
            occasion=occasion,
            queued_at=self._clock(),
            symptoms=getattr(event, "symptoms", 1),
        )
        stream = stream_of("notification", queued.notification_id)
        await self._store.append_first(
            notification.DECIDER, [First(stream, [queued], self._clock(), meta)]
        )
        self._wake()

    async def _obey(
        self, command: commands.AcknowledgeIncident | commands.ResolveIncident, meta: Meta
    ) -> None:
        meta = meta.model_copy(update={"causation_id": command.command_id, "actor": command.actor})
        said = {
            "incident_id": command.incident_id,
            "command_id": command.command_id,
            "actor": command.actor,
            "reason": command.reason,
        }
        order = (
            incident.Acknowledge(**said)
            if isinstance(command, commands.AcknowledgeIncident)
            else incident.Close(**said)
        )
        stream = incident.stream_of(command.incident_id)
        await handle(self._store, incident.DECIDER, stream, order, now=self._clock(), meta=meta)

    async def _attributed(self, recorded: Recorded, found: list[Finding]) -> list[Finding]:
        """The findings with their customer, and a late VPS laid to the cause that stops it."""
        event = recorded.event
        if not isinstance(event, incidents.ExpectationEvent | vps.VpsEvent):
            return found
        card = await self._directory.card(event.vps_id)
        if isinstance(event, incidents.ExpectationMissed):
            if not await self._still_missed(event):
                return []
            found = [await self._stopped_by(finding, card) for finding in found]
        if isinstance(event, incidents.ExpectationMet | incidents.ExpectationDropped):
            found += [
                Recovery("brake", "brake", event.vps_id, "It is done now."),
                Recovery("scope-paused", card.account or "", event.vps_id, "It is done now."),
            ]
        return [_with_customer(finding, card) for finding in found]

    async def _still_missed(self, event: incidents.ExpectationMissed) -> bool:
        # The proof may have overtaken this record on another topic: only what still lacks counts.
        stream = stream_of("expectation", event.vps_id)
        awaited = (await self._store.load(expectation.DECIDER, stream)).state.awaited
        return awaited is not None and awaited.expectation_id == event.expectation_id

    async def _stopped_by(self, finding: Finding, card: Card) -> Finding:
        """One cause, one incident: what a paused account or the brake stops is their symptom."""
        if not isinstance(finding, Symptom):
            return finding
        causes = [("brake", "brake")] if card.withheld == "brake" else []
        if card.account is not None:
            causes.append(("scope-paused", card.account))
        for cause, scope in causes:
            stream = await self._store.load(incident.DECIDER, incident.stream_id(cause, scope))
            if stream.state.opened is not None:
                return replace(finding, cause=cause, scope=scope, subject=finding.scope)
        return finding


def _with_customer(finding: Finding, card: Card) -> Finding:
    if not isinstance(finding, Symptom):
        return finding
    return replace(
        finding,
        contact_id=finding.contact_id or card.contact_id,
        plan=finding.plan or card.plan,
    )
