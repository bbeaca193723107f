"""Entitlements as ingest publishes them, and its answers to requests for a confirmation."""

from datetime import datetime
from typing import Any

from slipway.contracts.subscriptions import (
    CheckAnswer,
    Entitlement,
    EntitlementEnded,
    EntitlementGranted,
    EntitlementSuspended,
    RecordFields,
    SubscriptionEvent,
    Verdict,
)
from slipway.contracts.vps import OperationKind

LOCATION = "locTEST"
EVENTS: dict[Verdict, type[SubscriptionEvent]] = {
    Verdict.RUNNING: EntitlementGranted,
    Verdict.SUSPENDED: EntitlementSuspended,
    Verdict.ABSENT: EntitlementEnded,
}


REQUIRES = {
    (OperationKind.DELETE, CheckAnswer.CONFIRMED): Verdict.ABSENT,
    (OperationKind.DELETE, CheckAnswer.CONTRADICTED): Verdict.RUNNING,
    (OperationKind.SUSPEND, CheckAnswer.CONFIRMED): Verdict.SUSPENDED,
    (OperationKind.SUSPEND, CheckAnswer.CONTRADICTED): Verdict.RUNNING,
    (OperationKind.CREATE, CheckAnswer.CONFIRMED): Verdict.RUNNING,
    (OperationKind.CREATE, CheckAnswer.CONTRADICTED): Verdict.ABSENT,
}


def answer_of(kind: OperationKind, verdict: Verdict) -> CheckAnswer:
    """Returns ingest's answer for a record with this verdict."""
    match kind, verdict:
        case OperationKind.CREATE, Verdict.RUNNING:
            return CheckAnswer.CONFIRMED
        case OperationKind.DELETE, Verdict.ABSENT:
            return CheckAnswer.CONFIRMED
        case OperationKind.SUSPEND, Verdict.SUSPENDED | Verdict.ABSENT:
            return CheckAnswer.CONFIRMED
        case _, Verdict.UNCHANGED | Verdict.REFERRED:
            return CheckAnswer.UNKNOWN
        case _:
            return CheckAnswer.CONTRADICTED


def entitlement(verdict: Verdict, customer: str, at: datetime, **more: Any) -> Entitlement:
    """Returns the entitlement of a customer who bought one small VPS."""
    fields: dict[str, Any] = {
        "subscription_id": f"{LOCATION}:{customer}",
        "location_id": LOCATION,
        "contact_id": f"contact-{customer}",
        "verdict": verdict,
        "reason": "as GHL says",
        "plan": "small",
        "quantity": 1,
        "started_at": at,
        "changed_at": at,
        "decided_at": at,
        "record": RecordFields(status="active"),
    }
    return Entitlement(**(fields | more))
