"""Every published event was judged: a symptom, a recovery, or nothing, and then because of what."""

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
    deliveries.LocationFellSilent: IncidentCause.LOCATION_SILENT,
    dead_letters.DeadLetterOpened: IncidentCause.DEAD_LETTER,
    incidents.ExpectationMissed: IncidentCause.CREATE_FAILED,
    incidents.NotificationFailedOver: IncidentCause.CHANNEL_DOWN,
    incidents.NotificationFailed: IncidentCause.CHANNEL_DOWN,
    subscriptions.PlanUnmapped: IncidentCause.PLAN_UNMAPPED,
    subscriptions.SubscriptionNotUnderstood: IncidentCause.SUBSCRIPTION_NOT_UNDERSTOOD,
    subscriptions.EntitlementReferred: IncidentCause.REFUND,
    subscriptions.WriteBackFailed: IncidentCause.WRITE_BACK_FAILED,
}

ABOUT_THE_RECORD: set[IncidentCause | None] = {
    IncidentCause.SUBSCRIPTION_NOT_UNDERSTOOD,
    IncidentCause.REFUND,
    IncidentCause.PLAN_UNMAPPED,
    IncidentCause.IMPOSSIBLE_DATE,
}

RECOVERIES: dict[type[Message], set[IncidentCause | None]] = {
    # None: whatever this VPS's trouble was laid to.
    incidents.ExpectationMet: {None},
    incidents.ExpectationDropped: {None},
    vps.OperationSuperseded: {None},
    vps.VpsReady: {None},
    vps.VpsResumed: {None},
    vps.VpsSuspended: {None},
    vps.VpsDeleted: {None, IncidentCause.DRIFT},
    vps.VpsIgnored: {None, IncidentCause.DRIFT},
    vps.DesiredStateChanged: {IncidentCause.QUANTITY_DECREASE},
    vps.VpsDriftEnded: {IncidentCause.DRIFT},
    vps.AccountResumed: {IncidentCause.ACCOUNT_PAUSED},
    vps.InventoryRecovered: {IncidentCause.ACCOUNT_PAUSED},
    vps.CreationsResumed: {IncidentCause.ACCOUNT_PAUSED},
    vps.AccountThrottleEnded: {IncidentCause.ACCOUNT_PAUSED},
    vps.AccountProven: {IncidentCause.ACCOUNT_PROOF_FAILED},
    vps.BrakeReset: {IncidentCause.SAFETY_BRAKE},
    vps.OrphanGone: {IncidentCause.ORPHANED_SERVER},
    deliveries.DeliveryApplied: {IncidentCause.DELIVERY_QUARANTINED},
    deliveries.DeliveryIgnored: {IncidentCause.DELIVERY_QUARANTINED},
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

ON_ITS_WAY = "a step on the way: the promise watches whether the end is reached"
PERSONS = "a person did it and knows"
HISTORY = "it follows from an incident and is told as such"
ANSWER = "an answer between services"
OBSERVING = "what would be done is shown in the portal"

NOTHING: dict[type[Message], str] = {
    vps.VpsRequested: ON_ITS_WAY,
    vps.EntitlementConfirmed: "nothing changed",
    vps.OperationStarted: ON_ITS_WAY,
    vps.AttemptStarted: ON_ITS_WAY,
    vps.AttemptAccepted: ON_ITS_WAY,
    vps.AttemptFailed: "tried again by itself; the last one is parked",
    vps.AttemptOutcomeUnknown: "looked up by itself",
    vps.ServerLookedUp: ON_ITS_WAY,
    vps.ServerFailed: "made again by itself",
    vps.ServerDiscarded: ON_ITS_WAY,
    vps.OperationRetried: PERSONS,
    vps.OperationResolvedManually: PERSONS,
    vps.OperationWithheld: f"brake and pause have incidents of their own; {OBSERVING}",
    vps.WithholdingEnded: ON_ITS_WAY,
    vps.ReleaseRequested: ON_ITS_WAY,
    vps.ReleaseAnswered: ON_ITS_WAY,
    vps.VpsReleased: PERSONS,
    vps.VpsHeld: PERSONS,
    vps.VpsHoldReleased: PERSONS,
    vps.DeletionRequested: PERSONS,
    vps.CreationRequested: PERSONS,
    vps.ServerAdopted: PERSONS,
    vps.LocationFound: OBSERVING,
    vps.LocationModeSet: PERSONS,
    vps.AccountProbed: "still the same pause",
    vps.CreationsProbed: "still the same pause",
    vps.SentinelRequested: ON_ITS_WAY,
    vps.PermitGranted: "within what is allowed",
    deliveries.DeliveryReceived: ON_ITS_WAY,
    deliveries.DeliveryReplayed: PERSONS,
    dead_letters.DeadLetterQueued: "it waits behind one that was told",
    dead_letters.DeadLetterRedriveRequested: PERSONS,
    dead_letters.DeadLetterRedriven: "the queue moves; closed is when it is empty",
    dead_letters.DeadLetterRedriveFailed: "still the same dead letter; the portal shows why",
    dead_letters.DeadLetterSkipped: PERSONS,
    incidents.ExpectationOpened: ON_ITS_WAY,
    incidents.ProvenStateNoted: "the notifier's own memory",
    incidents.IncidentOpened: HISTORY,
    incidents.IncidentGrew: HISTORY,
    incidents.IncidentReminded: HISTORY,
    incidents.IncidentAcknowledged: PERSONS,
    incidents.IncidentResolved: HISTORY,
    incidents.NotificationQueued: ON_ITS_WAY,
    incidents.NotificationAttempted: ON_ITS_WAY,
    incidents.ProbeAnswered: "two in a row count: vital signs",
    Heartbeat: "its absence counts: vital signs",
    SatisfactionVoted: "an opinion",
    subscriptions.EntitlementCheckRequested: ANSWER,
    subscriptions.EntitlementChecked: ANSWER,
    subscriptions.RecordReadRequested: PERSONS,
    subscriptions.RecordRead: PERSONS,
    subscriptions.WriteBackRequested: ON_ITS_WAY,
    commands.CommandRefused: "the person who clicked reads the reason on the page",
    **{
        cls: PERSONS
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


def test_every_published_event_was_judged() -> None:
    judged = {*SYMPTOMS, *RECOVERIES, *NOTHING}
    assert [cls.TYPE for cls in REGISTRY.values() if cls not in judged] == []


def test_nothing_that_does_something_is_listed_as_nothing() -> None:
    assert not NOTHING.keys() & (SYMPTOMS.keys() | RECOVERIES.keys())


@pytest.mark.parametrize("cls", named(SYMPTOMS))
def test_a_symptom_names_its_cause_and_what_to_do(cls: type[Message]) -> None:
    [symptom] = [one for one in results_of(cls) if isinstance(one, Symptom)]
    assert symptom.cause == SYMPTOMS[cls]
    assert symptom.since == getattr(load(cls.TYPE, example(cls)), "since", NOW)
    assert all((symptom.subject, symptom.affected, symptom.title))
    assert symptom.explanation.endswith((".", ")"))
    assert symptom.next_step.endswith(".")


@pytest.mark.parametrize("cls", named(RECOVERIES))
def test_a_recovery_says_what_is_over_and_why(cls: type[Message]) -> None:
    recoveries = [one for one in results_of(cls) if isinstance(one, Recovery)]
    assert {one.cause for one in recoveries} == RECOVERIES[cls]
    assert all(one.reason.strip() for one in recoveries)


@pytest.mark.parametrize("cls", named(NOTHING))
def test_what_is_judged_to_be_nothing_finds_nothing(cls: type[Message]) -> None:
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
    (deliveries.LocationFellSilent, deliveries.LocationSilenceEnded),
    (dead_letters.DeadLetterOpened, dead_letters.DeadLetterClosed),
    (subscriptions.PlanUnmapped, subscriptions.EntitlementGranted),
    (subscriptions.SubscriptionNotUnderstood, subscriptions.EntitlementWithheld),
    (subscriptions.EntitlementReferred, subscriptions.EntitlementEnded),
    (subscriptions.WriteBackFailed, subscriptions.WriteBackDone),
]


@pytest.mark.parametrize(
    ("wrong", "well"), [pytest.param(*pair, id=pair[0].TYPE) for pair in PAIRS]
)
def test_each_symptom_has_an_event_that_ends_it(wrong: type[Message], well: type[Message]) -> None:
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


def test_no_symptom_is_without_an_end() -> None:
    endless = SYMPTOMS.keys() - {wrong for wrong, _ in PAIRS}
    assert endless == {incidents.NotificationFailed}  # the same channel as the one that fell over


def test_ghl_being_down_is_one_incident_for_all_locations() -> None:
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


def test_who_moves_from_one_unknown_price_to_a_known_one_is_understood() -> None:
    recoveries = results_of(subscriptions.EntitlementGranted)
    [unmapped] = [one for one in recoveries if one.cause == IncidentCause.PLAN_UNMAPPED]
    assert unmapped.subject is None


def test_a_channel_that_fails_now_and_then_is_no_incident() -> None:
    assert results_of(incidents.NotificationFailed, attempt=1) == []
    assert results_of(incidents.NotificationFailed, retry_at=None) == []
