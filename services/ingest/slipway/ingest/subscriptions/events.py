"""Chooses the one event that an assessed record leads to (pure). `decider` calls it."""

from slipway.contracts.subscriptions import (
    Entitlement,
    EntitlementEnded,
    EntitlementGranted,
    EntitlementLapsed,
    EntitlementReferred,
    EntitlementSuspended,
    EntitlementWithheld,
    NotVpsRecognised,
    PlanUnmapped,
    SubscriptionEvent,
    SubscriptionNotUnderstood,
    Verdict,
)
from slipway.ingest.ghl.status import StatusClass
from slipway.ingest.subscriptions.assessment import Assessment
from slipway.ingest.subscriptions.plans import Plan
from slipway.ingest.subscriptions.purchase import NotVps, PriceMeaning, Unclear, Unmapped


def event_of(assessment: Assessment) -> SubscriptionEvent:  # noqa: PLR0911 - one per event type
    entitlement, status, meaning = assessment.entitlement, assessment.status, assessment.meaning
    if status is StatusClass.UNKNOWN:
        problem = f"{entitlement.record.status!r} is no known status"
        return SubscriptionNotUnderstood(entitlement=entitlement, field="status", problem=problem)
    if isinstance(meaning, NotVps) and entitlement.plan is None:
        return NotVpsRecognised(entitlement=entitlement)
    if entitlement.verdict is Verdict.REFERRED:
        disputed = status is StatusClass.DISPUTED
        referred = EntitlementReferred if disputed else EntitlementLapsed
        return referred(entitlement=entitlement)
    if status in {StatusClass.ACTIVE, StatusClass.TRIAL}:
        return _event_of_paying(entitlement, meaning)
    match entitlement.verdict:
        case Verdict.SUSPENDED:
            return EntitlementSuspended(entitlement=entitlement)
        case Verdict.ABSENT:
            return EntitlementEnded(entitlement=entitlement)
        case Verdict.UNCHANGED | Verdict.RUNNING | Verdict.REFERRED:
            return EntitlementWithheld(entitlement=entitlement)


def _event_of_paying(entitlement: Entitlement, meaning: PriceMeaning) -> SubscriptionEvent:
    match meaning:
        case Unmapped(price_id, product_name) if entitlement.record.live:
            return PlanUnmapped(
                entitlement=entitlement, price_id=price_id, product_name=product_name
            )
        case Unclear(field, problem):
            return SubscriptionNotUnderstood(entitlement=entitlement, field=field, problem=problem)
        case NotVps(price_id):
            problem = f"changed from plan {entitlement.plan} to {price_id}, which is no VPS"
            return SubscriptionNotUnderstood(
                entitlement=entitlement, field="price", problem=f"{problem}: an admin decides"
            )
        case Plan() if entitlement.verdict is Verdict.RUNNING:
            return EntitlementGranted(entitlement=entitlement)
        case _:
            return EntitlementWithheld(entitlement=entitlement)
