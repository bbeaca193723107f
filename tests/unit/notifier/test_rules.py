"""Every published event is a symptom, a recovery, or has a reason to be neither."""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

import pytest
from slipway.contracts import commands, dead_letters, deliveries, incidents, subscriptions, vps
from slipway.contracts.codec import REGISTRY, load
from slipway.contracts.envelope import Message, Meta, Recorded
from slipway.contracts.feedback import SatisfactionVoted
from slipway.contracts.heartbeats import Heartbeat
from slipway.contracts.incidents import IncidentCause
from slipway.notifier.incidents.rules.result import Recovery, RuleResult, Symptom
from slipway.notifier.incidents.rules.table import apply_rules

from tests.support.builders.example_message import example

NOW = datetime(2026, 10, 5, 9, 15, tzinfo=UTC)

SYMPTOMS: dict[type[Message], IncidentCause] = {
    vps.OperationParked: IncidentCause.CREATE_FAILED,
    vps.ReleaseStalled: IncidentCause.CREATE_FAILED,
    vps.VpsDrifted: IncidentCause.DRIFT,
    vps.QuantityDecreaseReferred: IncidentCause.QUANTITY_DECREASE,
    vps.AccountPaused: IncidentCause.ACCOUNT_PAUSED,
    vps.InventoryFailed: IncidentCause.ACCOUNT_PAUSED,
    vps.CreationsPaused: IncidentCause.ACCOUNT_PAUSED,
    vps.AccountThrottled: IncidentCause.ACCOUNT_PAUSED,
    vps.AccountProofFailed: IncidentCause.ACCOUNT_PROOF_FAILED,
    vps.BrakeEngaged: IncidentCause.SAFETY_BRAKE,
    vps.ServerOrphaned: IncidentCause.ORPHANED_SERVER,
    deliveries.DeliveryQuarantined: IncidentCause.DELIVERY_QUARANTINED,
    deliveries.DeliveryDelayed: IncidentCause.RECORD_REFUSED,
    deliveries.LocationFellSilent: IncidentCause.LOCATION_SILENT,
    dead_letters.DeadLetterOpened: IncidentCause.DEAD_LETTER,
    incidents.ExpectationMissed: IncidentCause.CREATE_FAILED,
    incidents.NotificationFailedOver: IncidentCause.CHANNEL_DOWN,
    incidents.NotificationFailed: IncidentCause.CHANNEL_DOWN,
    subscriptions.PlanUnmapped: IncidentCause.PLAN_UNMAPPED,
    subscriptions.SubscriptionNotUnderstood: IncidentCause.SUBSCRIPTION_NOT_UNDERSTOOD,
    subscriptions.EntitlementReferred: IncidentCause.REFUND,
    subscriptions.EntitlementLapsed: IncidentCause.ENTITLEMENT_LAPSED,
    subscriptions.RecordNotShown: IncidentCause.RECORD_MISSING,
    subscriptions.WriteBackFailed: IncidentCause.WRITE_BACK_FAILED,
}

ABOUT_THE_RECORD: set[IncidentCause | None] = {
    IncidentCause.SUBSCRIPTION_NOT_UNDERSTOOD,
    IncidentCause.REFUND,
    IncidentCause.PLAN_UNMAPPED,
    IncidentCause.IMPOSSIBLE_DATE,
    IncidentCause.ENTITLEMENT_LAPSED,
    IncidentCause.RECORD_MISSING,
}

RECOVERIES: dict[type[Message], set[IncidentCause | None]] = {
    # None: any incident of this VPS.
    incidents.ExpectationMet: {None},
    incidents.ExpectationDropped: {None},
    vps.OperationSuperseded: {None},
    vps.VpsReady: {None},
    vps.VpsResumed: {None},
    vps.VpsSuspended: {None},
    vps.VpsDeleted: {None, IncidentCause.DRIFT, IncidentCause.QUANTITY_DECREASE},
    vps.VpsIgnored: {None, IncidentCause.DRIFT, IncidentCause.QUANTITY_DECREASE},
    vps.QuantityDecreaseReferred: {IncidentCause.QUANTITY_DECREASE},
    deliveries.LocationFellSilent: {IncidentCause.LOCATION_SILENT, IncidentCause.GHL_UNREACHABLE},
    vps.DesiredStateChanged: {IncidentCause.QUANTITY_DECREASE},
    vps.VpsDriftEnded: {IncidentCause.DRIFT},
    vps.AccountResumed: {IncidentCause.ACCOUNT_PAUSED},
    vps.InventoryRecovered: {IncidentCause.ACCOUNT_PAUSED},
    vps.CreationsResumed: {IncidentCause.ACCOUNT_PAUSED},
    vps.AccountThrottleEnded: {IncidentCause.ACCOUNT_PAUSED},
    vps.AccountProven: {IncidentCause.ACCOUNT_PROOF_FAILED},
    vps.BrakeReset: {IncidentCause.SAFETY_BRAKE},
    vps.OrphanGone: {IncidentCause.ORPHANED_SERVER},
    deliveries.DeliveryApplied: {
        IncidentCause.DELIVERY_QUARANTINED,
        IncidentCause.RECORD_REFUSED,
        IncidentCause.LOCATION_NOT_CONFIGURED,
    },
    deliveries.DeliveryIgnored: {IncidentCause.DELIVERY_QUARANTINED, IncidentCause.RECORD_REFUSED},
    deliveries.LocationSilenceEnded: {IncidentCause.LOCATION_SILENT, IncidentCause.GHL_UNREACHABLE},
    dead_letters.DeadLetterClosed: {IncidentCause.DEAD_LETTER},
    incidents.NotificationSent: {IncidentCause.CHANNEL_DOWN},
    subscriptions.EntitlementGranted: ABOUT_THE_RECORD,
    subscriptions.EntitlementSuspended: ABOUT_THE_RECORD,
    subscriptions.EntitlementEnded: ABOUT_THE_RECORD,
    subscriptions.EntitlementWithheld: ABOUT_THE_RECORD,
    subscriptions.NotVpsRecognised: ABOUT_THE_RECORD,
    subscriptions.PlanUnmapped: ABOUT_THE_RECORD - {IncidentCause.PLAN_UNMAPPED},
    subscriptions.EntitlementReferred: ABOUT_THE_RECORD - {IncidentCause.REFUND},
    subscriptions.WriteBackDone: {IncidentCause.WRITE_BACK_FAILED},
}

INTERMEDIATE = "an intermediate step: an expectation covers the result"
BY_ADMIN = "an admin did it and knows"
HISTORY = "it belongs to an incident and is announced as such"
ANSWER = "an answer between services"
OBSERVING = "what would be done is shown in the portal"

NOTHING: dict[type[Message], str] = {
    vps.VpsRequested: INTERMEDIATE,
    vps.EntitlementConfirmed: "nothing changed",
    vps.OperationStarted: INTERMEDIATE,
    vps.AttemptStarted: INTERMEDIATE,
    vps.AttemptAccepted: INTERMEDIATE,
    vps.AttemptFailed: "retried automatically; the last failure is parked",
    vps.AttemptOutcomeUnknown: "looked up automatically",
    vps.ServerLookedUp: INTERMEDIATE,
    vps.ServerFailed: "created again automatically",
    vps.ServerDiscarded: INTERMEDIATE,
    vps.OperationRetried: BY_ADMIN,
    vps.OperationResolvedManually: BY_ADMIN,
    vps.OperationWithheld: f"brake and pause have incidents of their own; {OBSERVING}",
    vps.WithholdingEnded: INTERMEDIATE,
    vps.ReleaseRequested: INTERMEDIATE,
    vps.ReleaseAnswered: INTERMEDIATE,
    vps.VpsReleased: BY_ADMIN,
    vps.VpsHeld: BY_ADMIN,
    vps.VpsHoldReleased: BY_ADMIN,
    vps.DeletionRequested: BY_ADMIN,
    vps.CreationRequested: BY_ADMIN,
    vps.SwitchOnRequested: BY_ADMIN,
    vps.ServerAdopted: BY_ADMIN,
    vps.LocationFound: OBSERVING,
    vps.LocationModeSet: BY_ADMIN,
    vps.AccountProbed: "still the same pause",
    vps.CreationsProbed: "still the same pause",
    vps.SentinelRequested: INTERMEDIATE,
    vps.PermitGranted: "within what is allowed",
    deliveries.DeliveryReceived: INTERMEDIATE,
    deliveries.DeliveryReplayed: BY_ADMIN,
    dead_letters.DeadLetterQueued: "it waits behind one that is a symptom",
    dead_letters.DeadLetterRedriveRequested: BY_ADMIN,
    dead_letters.DeadLetterRedriven: "the queue moves; closed is when it is empty",
    dead_letters.DeadLetterRedriveFailed: "still the same dead letter; the portal shows why",
    dead_letters.DeadLetterSkipped: BY_ADMIN,
    incidents.ExpectationOpened: INTERMEDIATE,
    incidents.ProvenStateNoted: "the notifier's own memory",
    incidents.IncidentOpened: HISTORY,
    incidents.IncidentGrew: HISTORY,
    incidents.IncidentCounted: HISTORY,
    incidents.IncidentReminded: HISTORY,
    incidents.IncidentAcknowledged: BY_ADMIN,
    incidents.IncidentResolved: HISTORY,
    incidents.NotificationQueued: INTERMEDIATE,
    incidents.NotificationAttempted: INTERMEDIATE,
    incidents.ProbeAnswered: "the health evaluator counts them",
    Heartbeat: "the health evaluator notices its absence",
    SatisfactionVoted: "an opinion",
    subscriptions.EntitlementCheckRequested: ANSWER,
    subscriptions.EntitlementChecked: ANSWER,
    subscriptions.RecordReadRequested: BY_ADMIN,
    subscriptions.RecordRead: BY_ADMIN,
    subscriptions.WriteBackRequested: INTERMEDIATE,
    commands.CommandRefused: "the admin reads the reason on the page",
    **{
        cls: BY_ADMIN
        for cls in REGISTRY.values()
        if issubclass(cls, commands.Command) and cls.TYPE.startswith("slipway.commands.")
    },
}


def with_possible_dates(data: dict[str, Any]) -> dict[str, Any]:
    """Dates that can't be true are a symptom of their own, beside what the event is about."""
    entitlement = data.get("entitlement")
    if entitlement is None:
        return data
    return {**data, "entitlement": {**entitlement, "skipped_dates": []}}


def results_of(cls: type[Message], **more: object) -> list[RuleResult]:
    event = load(cls.TYPE, with_possible_dates({**example(cls), **more}))
    meta = Meta(correlation_id="c")
    return apply_rules(Recorded(stream="s-1", version=1, time=NOW, event=event, meta=meta))


def named(classes: Iterable[type[Message]]) -> list[object]:
    return [pytest.param(cls, id=cls.TYPE) for cls in classes]


def test_every_published_event_is_classified() -> None:
    classified = {*SYMPTOMS, *RECOVERIES, *NOTHING}
    assert [cls.TYPE for cls in REGISTRY.values() if cls not in classified] == []


def test_no_event_with_a_rule_is_listed_as_one_without() -> None:
    assert not NOTHING.keys() & (SYMPTOMS.keys() | RECOVERIES.keys())


@pytest.mark.parametrize("cls", named(SYMPTOMS))
def test_a_symptom_has_a_cause_and_a_next_step(cls: type[Message]) -> None:
    [symptom] = [one for one in results_of(cls) if isinstance(one, Symptom)]
    assert symptom.cause == SYMPTOMS[cls]
    assert symptom.since == getattr(load(cls.TYPE, example(cls)), "since", NOW)
    assert all((symptom.subject, symptom.affected, symptom.title))
    assert symptom.explanation.endswith((".", ")"))
    assert symptom.next_step.endswith(".")


@pytest.mark.parametrize("cls", named(RECOVERIES))
def test_a_recovery_has_a_cause_and_a_reason(cls: type[Message]) -> None:
    recoveries = [one for one in results_of(cls) if isinstance(one, Recovery)]
    assert {one.cause for one in recoveries} == RECOVERIES[cls]
    assert all(one.reason.strip() for one in recoveries)


@pytest.mark.parametrize("cls", named(NOTHING))
def test_an_event_without_a_rule_has_no_result(cls: type[Message]) -> None:
    assert results_of(cls) == []
    assert NOTHING[cls]


PAIRS: list[tuple[type[Message], type[Message]]] = [
    (vps.VpsDrifted, vps.VpsDriftEnded),
    (vps.QuantityDecreaseReferred, vps.DesiredStateChanged),
    (vps.AccountPaused, vps.AccountResumed),
    (vps.InventoryFailed, vps.InventoryRecovered),
    (vps.CreationsPaused, vps.CreationsResumed),
    (vps.AccountThrottled, vps.AccountThrottleEnded),
    (vps.AccountProofFailed, vps.AccountProven),
    (vps.BrakeEngaged, vps.BrakeReset),
    (vps.ServerOrphaned, vps.OrphanGone),
    (vps.OperationParked, vps.VpsReady),
    (vps.ReleaseStalled, vps.VpsDeleted),
    (incidents.ExpectationMissed, incidents.ExpectationMet),
    (incidents.NotificationFailedOver, incidents.NotificationSent),
    (deliveries.DeliveryQuarantined, deliveries.DeliveryApplied),
    (deliveries.DeliveryDelayed, deliveries.DeliveryApplied),
    (deliveries.LocationFellSilent, deliveries.LocationSilenceEnded),
    (dead_letters.DeadLetterOpened, dead_letters.DeadLetterClosed),
    (subscriptions.PlanUnmapped, subscriptions.EntitlementGranted),
    (subscriptions.SubscriptionNotUnderstood, subscriptions.EntitlementWithheld),
    (subscriptions.EntitlementReferred, subscriptions.EntitlementEnded),
    (subscriptions.EntitlementLapsed, subscriptions.EntitlementGranted),
    (subscriptions.RecordNotShown, subscriptions.EntitlementGranted),
    (subscriptions.WriteBackFailed, subscriptions.WriteBackDone),
]


@pytest.mark.parametrize(
    ("wrong", "well"), [pytest.param(*pair, id=pair[0].TYPE) for pair in PAIRS]
)
def test_each_symptom_has_a_recovery(wrong: type[Message], well: type[Message]) -> None:
    [symptom] = [one for one in results_of(wrong) if isinstance(one, Symptom)]
    assert any(_ends(one, symptom) for one in results_of(well))


def _ends(finding: RuleResult, symptom: Symptom) -> bool:
    return isinstance(finding, Recovery) and all(
        wanted is None or wanted == has
        for wanted, has in (
            (finding.cause, symptom.cause),
            (finding.subject, symptom.subject),
            (finding.affected, symptom.affected),
        )
    )


def test_no_symptom_lacks_a_recovery() -> None:
    endless = SYMPTOMS.keys() - {wrong for wrong, _ in PAIRS}
    assert endless == {incidents.NotificationFailed}  # the same channel as the one that fell over


def test_an_outage_of_ghl_is_one_incident_for_all_locations() -> None:
    down = [
        results_of(deliveries.LocationFellSilent, location_id=location, cause="api-unreachable")
        for location in ("loc1", "loc2")
    ]
    assert {(one.cause, one.subject) for [one] in down} == {(IncidentCause.GHL_UNREACHABLE, "ghl")}
    [_, recovery] = results_of(deliveries.LocationSilenceEnded, location_id="loc1")
    assert (recovery.subject, recovery.affected) == ("ghl", "loc1")


def test_one_unmapped_price_is_one_incident_and_it_names_the_first_buyer() -> None:
    [*_, symptom] = results_of(subscriptions.PlanUnmapped)
    assert isinstance(symptom, Symptom)
    assert symptom.subject == "some price_id"
    assert symptom.contact_id == "some contact_id"


def test_a_change_to_a_mapped_price_ends_the_symptom_of_any_price() -> None:
    recoveries = results_of(subscriptions.EntitlementGranted)
    [unmapped] = [one for one in recoveries if one.cause == IncidentCause.PLAN_UNMAPPED]
    assert unmapped.subject is None


def test_a_single_failure_of_a_channel_is_no_symptom() -> None:
    assert results_of(incidents.NotificationFailed, attempt=1) == []
    assert results_of(incidents.NotificationFailed, retry_at=None) == []
