"""Finds the incident that explains a symptom of a VPS, and adds the customer to the symptom.

For example, the change of a VPS is late because its provider account is paused. The late change
then becomes a symptom of the incident about the pause, so one cause makes one incident. `inbox`
calls this module between `rules` and `intake`.
"""

from dataclasses import replace

from slipway.contracts import incidents, vps
from slipway.contracts.envelope import Recorded
from slipway.contracts.ids import stream_of
from slipway.contracts.incidents import IncidentCause
from slipway.contracts.vps import OperationKind, WithheldReason
from slipway.eventstore.store import EventStore
from slipway.notifier.customers import CustomerDirectory, CustomerInfo
from slipway.notifier.expectations.decider import DECIDER as EXPECTATION
from slipway.notifier.incident_key import IncidentKey
from slipway.notifier.incidents.intake import IncidentIntake
from slipway.notifier.incidents.rules import safety_brake
from slipway.notifier.incidents.rules.result import Recovery, RuleResult, Symptom


class Correlation:
    def __init__(
        self, store: EventStore, directory: CustomerDirectory, intake: IncidentIntake
    ) -> None:
        self._store = store
        self._directory = directory
        self._intake = intake

    async def correlate(self, recorded: Recorded, results: list[RuleResult]) -> list[RuleResult]:
        """Returns the results of the rules, with the customer added to each symptom.

        A missed expectation becomes a symptom of the incident that explains it. It is dropped if it
        has been met in the meantime.
        """
        event = recorded.event
        symptoms = [one for one in results if isinstance(one, Symptom)]
        if not symptoms or not isinstance(event, incidents.ExpectationEvent | vps.VpsEvent):
            return results
        info = await self._directory.info_of(event.vps_id)
        if isinstance(event, incidents.ExpectationMissed):
            if not await self._is_still_missed(event):
                return []
            return [_completed(await self._explained(symptoms[0], event, info), info)]
        recoveries = await self._recoveries_elsewhere(symptoms[0])
        ended = [one for one in results if isinstance(one, Recovery)]
        return [*ended, *recoveries, *(_completed(one, info) for one in symptoms)]

    async def _is_still_missed(self, event: incidents.ExpectationMissed) -> bool:
        # The change may be confirmed already, by an event from another topic.
        stream = stream_of(EXPECTATION.category, event.vps_id)
        expected = (await self._store.load(EXPECTATION, stream)).state.expected
        return expected is not None and expected.missed and expected.kind == event.kind

    async def _explained(
        self, symptom: Symptom, event: incidents.ExpectationMissed, info: CustomerInfo
    ) -> Symptom:
        """Returns the symptom with the cause and subject of the incident that explains it.

        An open incident about this VPS comes first, then open incidents that may block its change.
        """
        known = await self._intake.incidents_of(event.vps_id)
        for key in known or _possible_blockers(event.kind, info):
            if await self._intake.is_open(key):
                return replace(symptom, cause=key.cause, subject=key.subject)
        return symptom

    async def _recoveries_elsewhere(self, symptom: Symptom) -> list[RuleResult]:
        """Returns recoveries that end the VPS's symptoms of other incidents.

        These symptoms end, because the VPS has an incident of its own now.
        """
        return [
            Recovery(*key, symptom.affected, "Each remaining VPS has an incident of its own.")
            for key in await self._intake.incidents_of(symptom.affected)
            if key != symptom.key
        ]


def _possible_blockers(kind: OperationKind, info: CustomerInfo) -> list[IncidentKey]:
    keys = []
    if info.withheld == WithheldReason.BRAKE:
        keys.append(IncidentKey(IncidentCause.SAFETY_BRAKE, safety_brake.SUBJECT))
    if info.account is not None:
        keys.append(IncidentKey(IncidentCause.ACCOUNT_PAUSED, info.account))
        keys.append(IncidentKey(IncidentCause.ACCOUNT_PROOF_FAILED, info.account))
    # Ingest asks GHL to confirm what takes something from a customer.
    needs_ingest = kind in {OperationKind.DELETE, OperationKind.SUSPEND}
    for service in ("provisioner", "ingest") if needs_ingest else ("provisioner",):
        keys.append(IncidentKey(IncidentCause.HEARTBEAT_MISSING, service))
        keys.append(IncidentKey(IncidentCause.SERVICE_UNHEALTHY, service))
    return keys


def _completed(symptom: Symptom, info: CustomerInfo) -> Symptom:
    return replace(
        symptom,
        contact_id=symptom.contact_id or info.contact_id,
        plan=symptom.plan or info.plan,
    )
