"""Each of GHL's status words has its verdict and event: the table of docs/ghl.md."""

from datetime import UTC, datetime, timedelta

import pytest
from slipway.contracts.subscriptions import (
    EntitlementEnded,
    EntitlementGranted,
    EntitlementReferred,
    EntitlementSuspended,
    EntitlementWithheld,
    SubscriptionEvent,
    SubscriptionNotUnderstood,
    Verdict,
)
from slipway.ingest.subscriptions.events import event_of

from tests.support.builders.ghl_records import NOW, assessed, item, order, record

UPDATED = datetime(2026, 10, 5, 9, 15, 30, tzinfo=UTC)

ROWS: list[tuple[object, Verdict, type[SubscriptionEvent]]] = [
    ("incomplete", Verdict.UNCHANGED, EntitlementWithheld),
    ("incomplete_expired", Verdict.UNCHANGED, EntitlementWithheld),
    ("failed", Verdict.UNCHANGED, EntitlementWithheld),
    ("scheduled", Verdict.UNCHANGED, EntitlementWithheld),
    ("pending", Verdict.UNCHANGED, EntitlementWithheld),
    ("trial", Verdict.RUNNING, EntitlementGranted),
    ("trialing", Verdict.RUNNING, EntitlementGranted),
    ("active", Verdict.RUNNING, EntitlementGranted),
    ("Active ", Verdict.RUNNING, EntitlementGranted),
    ("past_due", Verdict.SUSPENDED, EntitlementSuspended),
    ("Past Due", Verdict.SUSPENDED, EntitlementSuspended),
    ("overdue", Verdict.SUSPENDED, EntitlementSuspended),
    ("unpaid", Verdict.SUSPENDED, EntitlementSuspended),
    ("paused", Verdict.SUSPENDED, EntitlementSuspended),
    ("suspended", Verdict.SUSPENDED, EntitlementSuspended),
    ("canceled", Verdict.ABSENT, EntitlementEnded),
    ("cancelled", Verdict.ABSENT, EntitlementEnded),
    ("CANCELED", Verdict.ABSENT, EntitlementEnded),
    ("expired", Verdict.ABSENT, EntitlementEnded),
    ("refunded", Verdict.REFERRED, EntitlementReferred),
    ("charged_back", Verdict.REFERRED, EntitlementReferred),
    ("chargeback", Verdict.REFERRED, EntitlementReferred),
    ("quantum", Verdict.UNCHANGED, SubscriptionNotUnderstood),
    ("", Verdict.UNCHANGED, SubscriptionNotUnderstood),
    (None, Verdict.UNCHANGED, SubscriptionNotUnderstood),
    (0, Verdict.UNCHANGED, SubscriptionNotUnderstood),
    ({"status": "canceled"}, Verdict.UNCHANGED, SubscriptionNotUnderstood),
    (["canceled"], Verdict.UNCHANGED, SubscriptionNotUnderstood),
]


@pytest.mark.parametrize(("status", "verdict", "event"), ROWS, ids=str)
def test_a_status_has_its_verdict_and_event(
    status: object, verdict: Verdict, event: type[SubscriptionEvent]
) -> None:
    found = assessed(record(status=status))
    assert found.entitlement.verdict is verdict
    assert type(event_of(found)) is event


def test_overdue_suspends_after_the_plans_grace() -> None:
    entitlement = assessed(record(status="past_due")).entitlement
    assert entitlement.suspend_at == NOW + timedelta(days=3)
    assert entitlement.changed_at == UPDATED


@pytest.mark.parametrize("status", ["unpaid", "paused"])
def test_unpaid_and_paused_suspend_at_once(status: str) -> None:
    assert assessed(record(status=status)).entitlement.suspend_at is None


def test_canceled_deletes_after_the_plans_hold_counted_from_ghls_date() -> None:
    canceled = record(status="canceled", canceledAt="2026-10-06T00:00:00Z")
    entitlement = assessed(canceled).entitlement
    assert entitlement.delete_at == datetime(2026, 10, 13, tzinfo=UTC)
    assert entitlement.changed_at == datetime(2026, 10, 6, tzinfo=UTC)


def test_a_hold_of_zero_deletes_at_once() -> None:
    entitlement = assessed(record(status="expired"), order(item("price_medium"))).entitlement
    assert entitlement.delete_at == entitlement.changed_at


def test_a_trial_gets_no_server_if_the_plan_has_no_trial() -> None:
    found = assessed(record(status="trialing"), order(item("price_medium")))
    assert found.entitlement.verdict is Verdict.UNCHANGED
    assert type(event_of(found)) is EntitlementWithheld


@pytest.mark.parametrize(
    ("mode", "price", "verdict"),
    [
        ({"liveMode": False}, "price_small", Verdict.UNCHANGED),
        ({"liveMode": "false"}, "price_small", Verdict.UNCHANGED),
        ({"markAsTest": True}, "price_small", Verdict.UNCHANGED),
        ({"markAsTest": "true"}, "price_small", Verdict.UNCHANGED),
        ({"liveMode": "true"}, "price_small", Verdict.RUNNING),
        ({"liveMode": False}, "price_medium", Verdict.RUNNING),
    ],
)
def test_a_test_mode_purchase_gets_a_server_only_if_the_plan_allows_tests(
    mode: dict[str, object], price: str, verdict: Verdict
) -> None:
    assert assessed(record(**mode), order(item(price))).entitlement.verdict is verdict


def test_a_second_edit_while_overdue_does_not_renew_the_grace() -> None:
    first = assessed(record(status="past_due")).entitlement
    edited = record(status="past_due", updatedAt="2026-10-07T00:00:00Z")
    again = assessed(edited, previous=first).entitlement
    assert again.suspend_at == first.suspend_at


def test_a_reactivation_has_a_new_start_date() -> None:
    first = assessed().entitlement
    ended = assessed(record(status="canceled"), previous=first).entitlement
    back = record(updatedAt="2026-11-01T00:00:00Z")
    assert first.started_at == datetime(2026, 10, 5, 9, 15, 25, tzinfo=UTC)
    assert ended.started_at == first.started_at
    assert assessed(back, previous=ended).entitlement.started_at == datetime(
        2026, 11, 1, tzinfo=UTC
    )


def test_after_a_trial_without_a_server_the_start_is_the_payment() -> None:
    trial = assessed(record(status="trialing"), order(item("price_medium"))).entitlement
    paid = record(updatedAt="2026-10-19T00:00:00Z")
    entitlement = assessed(paid, order(item("price_medium")), previous=trial).entitlement
    assert entitlement.started_at == datetime(2026, 10, 19, tzinfo=UTC)
