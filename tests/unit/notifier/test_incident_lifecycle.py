"""What opens and what closes the incident of each cause, in every sequence of its events."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from slipway.contracts import dead_letters, deliveries, incidents, subscriptions, vps
from slipway.contracts.deliveries import QuarantineCause, SilenceCause
from slipway.contracts.envelope import Message
from slipway.contracts.incidents import IncidentCause
from slipway.contracts.vps import Drift, OperationKind
from slipway.notifier.incidents.rules.result import RuleResult, Symptom

from tests.unit.notifier.test_rules import results_of

Happening = tuple[type[Message], tuple[tuple[str, Any], ...]]


def event(cls: type[Message], **fields: Any) -> Happening:
    return cls, tuple(fields.items())


@dataclass(frozen=True)
class Track:
    """One reason for the incident. It is open if the latest of these events is an opening one."""

    opens: Sequence[Happening]
    closes: Sequence[Happening]


def _silent(*causes: SilenceCause) -> list[Happening]:
    return [event(deliveries.LocationFellSilent, cause=cause) for cause in causes]


_UNREACHABLE = SilenceCause.API_UNREACHABLE
_OF_LOCATION = [cause for cause in SilenceCause if cause is not _UNREACHABLE]
_VPS_DONE = [
    event(cls)
    for cls in (
        *(incidents.ExpectationMet, incidents.ExpectationDropped, vps.OperationSuperseded),
        *(vps.VpsReady, vps.VpsResumed, vps.VpsSuspended, vps.VpsDeleted, vps.VpsIgnored),
    )
]
_VPS_GONE = [event(vps.VpsDeleted), event(vps.VpsIgnored)]
_CLEAR = [
    event(cls)
    for cls in (
        *(subscriptions.EntitlementGranted, subscriptions.EntitlementSuspended),
        *(subscriptions.EntitlementEnded, subscriptions.EntitlementWithheld),
        subscriptions.NotVpsRecognised,
    )
]
_UNMAPPED = [event(subscriptions.PlanUnmapped, price_id=price) for price in ("p1", "p2")]
_REFERRED = [event(subscriptions.EntitlementReferred)]
_LAPSED = [event(subscriptions.EntitlementLapsed)]
_UNCLEAR = [event(subscriptions.SubscriptionNotUnderstood)]


def _operation(kind: OperationKind) -> list[Track]:
    shown = (vps.OperationParked, vps.ReleaseStalled, incidents.ExpectationMissed)
    return [Track([event(cls, kind=kind) for cls in shown], _VPS_DONE)]


TABLE: dict[IncidentCause, list[Track]] = {
    IncidentCause.CREATE_FAILED: _operation(OperationKind.CREATE),
    IncidentCause.DELETE_FAILED: _operation(OperationKind.DELETE),
    IncidentCause.SUSPEND_FAILED: _operation(OperationKind.SUSPEND),
    IncidentCause.RESUME_FAILED: _operation(OperationKind.RESUME),
    IncidentCause.DRIFT: [
        Track(
            [event(vps.VpsDrifted, drift=drift)],
            [event(vps.VpsDriftEnded, drift=drift), *_VPS_GONE],
        )
        for drift in Drift
    ],
    IncidentCause.QUANTITY_DECREASE: [
        Track(
            [event(vps.QuantityDecreaseReferred, quantity=number) for number in (1, 2)],
            [event(vps.DesiredStateChanged), *_VPS_GONE],
        )
    ],
    IncidentCause.ORPHANED_SERVER: [Track([event(vps.ServerOrphaned)], [event(vps.OrphanGone)])],
    IncidentCause.ACCOUNT_PAUSED: [
        Track([event(vps.AccountPaused)], [event(vps.AccountResumed)]),
        Track([event(vps.InventoryFailed)], [event(vps.InventoryRecovered)]),
        Track([event(vps.CreationsPaused)], [event(vps.CreationsResumed)]),
        Track([event(vps.AccountThrottled)], [event(vps.AccountThrottleEnded)]),
    ],
    IncidentCause.ACCOUNT_PROOF_FAILED: [
        Track([event(vps.AccountProofFailed)], [event(vps.AccountProven)])
    ],
    IncidentCause.SAFETY_BRAKE: [Track([event(vps.BrakeEngaged)], [event(vps.BrakeReset)])],
    IncidentCause.PLAN_UNMAPPED: [Track(_UNMAPPED, [*_CLEAR, *_REFERRED, *_LAPSED])],
    IncidentCause.SUBSCRIPTION_NOT_UNDERSTOOD: [
        Track(_UNCLEAR, [*_CLEAR, *_REFERRED, *_UNMAPPED, *_LAPSED])
    ],
    IncidentCause.REFUND: [Track(_REFERRED, [*_CLEAR, *_UNMAPPED, *_LAPSED])],
    IncidentCause.ENTITLEMENT_LAPSED: [Track(_LAPSED, [*_CLEAR, *_REFERRED, *_UNMAPPED])],
    IncidentCause.RECORD_MISSING: [
        Track(
            [event(subscriptions.RecordNotShown, lasting=True)],
            [*_CLEAR, *_REFERRED, *_UNMAPPED, *_UNCLEAR, *_LAPSED],
        )
    ],
    IncidentCause.RECORD_REFUSED: [
        Track(
            [event(deliveries.DeliveryDelayed)],
            [
                event(cls)
                for cls in (
                    *(deliveries.DeliveryApplied, deliveries.DeliveryIgnored),
                    deliveries.DeliveryQuarantined,
                )
            ],
        )
    ],
    IncidentCause.LOCATION_NOT_CONFIGURED: [
        Track(
            [
                event(
                    deliveries.DeliveryQuarantined,
                    cause=QuarantineCause.LOCATION_NOT_CONFIGURED,
                    location_id="loc",
                )
            ],
            [event(deliveries.DeliveryApplied, subscription_ids=("loc:ada",))],
        )
    ],
    IncidentCause.WRITE_BACK_FAILED: [
        Track([event(subscriptions.WriteBackFailed)], [event(subscriptions.WriteBackDone)])
    ],
    IncidentCause.DELIVERY_QUARANTINED: [
        Track(
            [event(deliveries.DeliveryQuarantined)],
            [event(deliveries.DeliveryApplied), event(deliveries.DeliveryIgnored)],
        )
    ],
    IncidentCause.LOCATION_SILENT: [
        Track(_silent(*_OF_LOCATION), [event(deliveries.LocationSilenceEnded)])
    ],
    IncidentCause.GHL_UNREACHABLE: [
        Track(
            _silent(_UNREACHABLE),
            [event(deliveries.LocationSilenceEnded), *_silent(*_OF_LOCATION)],
        )
    ],
    IncidentCause.DEAD_LETTER: [
        Track([event(dead_letters.DeadLetterOpened)], [event(dead_letters.DeadLetterClosed)])
    ],
    IncidentCause.CHANNEL_DOWN: [
        Track(
            [
                event(incidents.NotificationFailedOver),
                event(incidents.NotificationFailed, attempt=9),
            ],
            [event(incidents.NotificationSent)],
        )
    ],
}

MONITORED = {
    *(IncidentCause.HEARTBEAT_MISSING, IncidentCause.SERVICE_UNHEALTHY, IncidentCause.PORTAL_DOWN),
    *(IncidentCause.SIGNATURES_REFUSED, IncidentCause.WEBHOOK_TOO_LARGE),
    *(IncidentCause.STEP_FAILING, IncidentCause.CLOCK_SKEW),
}
"""Opened and closed by the health checks (`test_health`)."""

OTHERS = [event(subscriptions.WriteBackDone), *_silent(*SilenceCause), *_CLEAR, *_UNCLEAR]
"""Events of other causes. They may come in between."""


def test_every_cause_has_its_row() -> None:
    # Dates are symptoms beside the other events: `test_h34_a_date_that_can_not_be_true_is_skipped`.
    assert TABLE.keys() | MONITORED | {IncidentCause.IMPOSSIBLE_DATE} == set(IncidentCause)


class Symptoms:
    """The active symptoms of one customer, location and account."""

    def __init__(self) -> None:
        self._active: set[tuple[IncidentCause, str, str]] = set()

    def add(self, results: Sequence[RuleResult]) -> None:
        for one in results:
            if isinstance(one, Symptom):
                self._active.add((one.cause, one.subject, one.affected))
                continue
            named = (one.cause, one.subject, one.affected)
            self._active = {
                active
                for active in self._active
                if any(name not in {None, has} for name, has in zip(named, active, strict=True))
            }

    def open_causes(self) -> set[IncidentCause]:
        return {cause for cause, _, _ in self._active}


def _is_open(track: Track, sequence: Sequence[Happening]) -> bool:
    open_ = False
    for one in sequence:
        if one in track.opens:
            open_ = True
        elif one in track.closes:
            open_ = False
    return open_


@pytest.mark.parametrize("cause", TABLE)
@given(data=st.data())
def test_an_incident_is_open_in_every_sequence_exactly_while_its_cause_lasts(
    cause: IncidentCause, data: st.DataObject
) -> None:
    tracks = TABLE[cause]
    own = [one for track in tracks for one in (*track.opens, *track.closes)]
    sequence = data.draw(st.lists(st.sampled_from([*own, *own, *OTHERS]), max_size=8))
    symptoms = Symptoms()
    for number, (cls, fields) in enumerate(sequence):
        symptoms.add(results_of(cls, **dict(fields)))
        expected = any(_is_open(track, sequence[: number + 1]) for track in tracks)
        assert (cause in symptoms.open_causes()) is expected, sequence[: number + 1]


def test_a_refused_token_a_short_outage_and_a_refused_token_leave_no_outage_open() -> None:
    symptoms = Symptoms()
    refused = SilenceCause.TOKEN_REFUSED
    for cause in (refused, _UNREACHABLE, refused):
        symptoms.add(results_of(deliveries.LocationFellSilent, cause=cause))
    assert symptoms.open_causes() == {IncidentCause.LOCATION_SILENT}
    symptoms.add(results_of(deliveries.LocationSilenceEnded))
    assert symptoms.open_causes() == set()


def test_each_further_reduction_of_the_quantity_is_an_incident_of_its_own() -> None:
    subjects = []
    for vps_id, quantity in (("loc:ada-3", 2), ("loc:ada-3", 1), ("loc:ada-2", 1)):
        fields = {"subscription_id": "loc:ada", "vps_id": vps_id, "quantity": quantity}
        found = results_of(vps.QuantityDecreaseReferred, **fields)
        subjects += [one.subject for one in found if isinstance(one, Symptom)]
    assert subjects == ["loc:ada/2", "loc:ada/1", "loc:ada/1"]
