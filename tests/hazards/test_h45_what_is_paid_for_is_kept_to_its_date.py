"""H45: a cancelled server runs until the date that it is paid for, then begins the hold."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from slipway.contracts import commands
from slipway.contracts.subscriptions import Entitlement, Verdict
from slipway.contracts.vps import Desired, Drift, OperationKind, VpsDeleted
from slipway.ingest.subscriptions.plans import parse_plans
from slipway.notifier.expectations.policy import expected_change
from slipway.provisioner.vps.drift import NoteDrift
from slipway.provisioner.vps.operation.next_operation import next_operation
from slipway.provisioner.vps.operation.next_step import NextStep, due_at, next_step
from slipway.provisioner.vps.paid_period import ConcludeAbsence

from tests.support.builders.ghl_records import NOW, PLANS, assessed, item, order, record
from tests.support.dsl.vps_history import NOON, VpsHistory

HOLD = timedelta(days=7)
PERIOD_END = datetime(2026, 11, 5, 9, 15, tzinfo=UTC)
STAMP = int(PERIOD_END.timestamp())
START = "2026-10-05T09:15:00Z"
MONTHLY = {"name": "VPS", "price": {"recurring": {"interval": "month", "intervalCount": 1}}}


def cancelled(*, at: datetime = NOW + timedelta(days=1), **shown: Any) -> Entitlement:
    paying = assessed(record(**shown)).entitlement
    return assessed(
        record(status="canceled", canceledAt=at.isoformat(), **shown), previous=paying, now=at
    ).entitlement


SHOWN: list[dict[str, Any]] = [
    {"subscriptionEndDate": "2026-11-05T09:15:00Z", "subscriptionStartDate": START},
    {"subscriptionSnapshot": {"current_period_end": STAMP}},
    {"subscriptionSnapshot": {"items": {"data": [{"current_period_end": STAMP}]}}},
    {"subscriptionSnapshot": {"current_period_start": START}, "recurringProduct": MONTHLY},
    {"lastPaymentDate": START, "recurringProduct": MONTHLY},
    {"subscriptionStartDate": START, "recurringProduct": MONTHLY},
]


@pytest.mark.parametrize("shown", SHOWN, ids=str)
def test_h45_cancelled_at_the_click_it_runs_until_the_date_and_the_hold_begins_there(
    shown: dict[str, Any],
) -> None:
    entitlement = cancelled(**shown)
    assert entitlement.verdict is Verdict.ABSENT
    assert entitlement.paid_through == PERIOD_END
    assert entitlement.suspend_at == PERIOD_END
    assert entitlement.delete_at == PERIOD_END + HOLD
    assert "paid through 2026-11-05 09:15 UTC" in entitlement.reason


@pytest.mark.parametrize("shown", SHOWN, ids=str)
def test_h45_cancelled_at_the_periods_end_the_hold_begins_at_once(shown: dict[str, Any]) -> None:
    late = PERIOD_END + timedelta(minutes=1)
    entitlement = cancelled(at=late, **shown)
    assert entitlement.paid_through == PERIOD_END
    assert entitlement.suspend_at is None
    assert entitlement.delete_at == late + HOLD


def test_h45_a_plan_may_end_at_once() -> None:
    plans = parse_plans("prices: {price_small: s}\nplans: {s: {grace: 0, hold: 7d, end: at_once}}")
    shown = {"subscriptionSnapshot": {"current_period_end": STAMP}}
    ended = assessed(record(status="canceled", **shown), plans=plans).entitlement
    assert ended.paid_through == PERIOD_END
    assert (ended.suspend_at, ended.delete_at) == (None, NOW + HOLD)


def test_h45_without_a_hold_it_still_runs_until_the_date() -> None:
    shown = record(status="canceled", subscriptionSnapshot={"current_period_end": STAMP})
    ended = assessed(shown, order(item("price_medium")), plans=PLANS).entitlement
    assert (ended.suspend_at, ended.delete_at) == (PERIOD_END, PERIOD_END)


def test_h45_a_date_that_the_cancelled_record_no_longer_shows_is_remembered() -> None:
    paying = assessed(record(subscriptionSnapshot={"current_period_end": STAMP})).entitlement
    ended = assessed(record(status="canceled"), previous=paying).entitlement
    assert ended.suspend_at == PERIOD_END


@pytest.mark.parametrize("unpaid", ["past_due", "unpaid"])
def test_h45_a_period_that_was_not_paid_keeps_no_server(unpaid: str) -> None:
    paid = assessed(record(subscriptionSnapshot={"current_period_end": STAMP})).entitlement
    begun = {"subscriptionSnapshot": {"current_period_end": STAMP + 30 * 86_400}}
    later = PERIOD_END + timedelta(days=2)
    overdue = assessed(record(status=unpaid, **begun), previous=paid, now=later).entitlement
    ended = assessed(record(status="canceled", **begun), previous=overdue, now=later).entitlement
    assert ended.paid_through == PERIOD_END
    assert (ended.suspend_at, ended.delete_at) == (None, later + HOLD)


def test_h45_a_trial_is_not_paid_for() -> None:
    shown = {"subscriptionSnapshot": {"current_period_end": STAMP, "trial_end": STAMP}}
    trial = assessed(record(status="trialing", **shown)).entitlement
    assert (
        assessed(record(status="canceled", **shown), previous=trial).entitlement.suspend_at is None
    )


@pytest.mark.parametrize("end", [0, "9999-12-31", "soon", {"a": 1}], ids=repr)
def test_h45_an_impossible_date_is_skipped_and_the_next_source_counts(end: object) -> None:
    snapshot = {"current_period_end": STAMP}
    entitlement = cancelled(subscriptionEndDate=end, subscriptionSnapshot=snapshot)
    assert entitlement.suspend_at == PERIOD_END
    assert [one.field for one in entitlement.skipped_dates] == ["subscriptionEndDate"]


# The provisioner

PAID_UNTIL = NOON + timedelta(days=20)
DATES = {"suspend_at": PAID_UNTIL, "delete_at": PAID_UNTIL + HOLD}


def operation_of(history: VpsHistory) -> OperationKind | None:
    """Returns the operation that is due now."""
    upcoming = next_operation(history.state, history.now)
    is_due = upcoming is not None and (upcoming.due_at or history.now) <= history.now
    return upcoming.kind if upcoming and is_due else None


def test_h45_a_running_server_is_left_alone_until_the_date_then_suspended_then_deleted() -> None:
    history = VpsHistory().ready().cancels(**DATES)
    assert operation_of(history) is None
    assert due_at(history.state) == PAID_UNTIL
    history.now = PAID_UNTIL
    assert operation_of(history) is OperationKind.SUSPEND
    history = VpsHistory().suspended().cancels(**DATES)
    history.now = PAID_UNTIL
    assert operation_of(history) is None
    history.now = PAID_UNTIL + HOLD
    assert operation_of(history) is OperationKind.DELETE


@pytest.mark.parametrize("bought", [True, False], ids=["after the purchase", "at first sight"])
def test_h45_a_server_that_was_not_created_yet_is_created_for_the_paid_time(bought: bool) -> None:  # noqa: FBT001 - a parameter
    history = VpsHistory()
    history = (history.pays() if bought else history).cancels(**DATES)
    assert operation_of(history) is OperationKind.CREATE
    assert not any(isinstance(event, VpsDeleted) for event in history.events)


def test_h45_a_creation_under_way_goes_on() -> None:
    history = VpsHistory().create_accepted().cancels(**DATES)
    assert history.state.operation is not None
    assert history.state.operation.kind is OperationKind.CREATE


def test_h45_a_server_that_is_off_is_switched_on_for_the_paid_time() -> None:
    assert operation_of(VpsHistory().suspended().cancels(**DATES)) is OperationKind.RESUME


def test_h45_after_the_date_no_server_is_created_any_more_and_the_vps_ends() -> None:
    history = VpsHistory().cancels(**DATES)
    history.now = PAID_UNTIL
    assert next_step(history.state, history.now) is NextStep.CONCLUDE_ABSENCE
    history.handles(ConcludeAbsence(history.now))
    assert history.event_names == ("VpsDeleted",)
    assert next_step(history.state, history.now) is NextStep.NOTHING


def test_h45_an_admin_may_delete_before_the_date() -> None:
    history = VpsHistory().ready().cancels(**DATES).admin_sends(commands.DeleteVps)
    assert operation_of(history) is OperationKind.DELETE


def test_h45_a_lost_server_is_not_replaced_within_the_paid_time() -> None:
    history = VpsHistory().ready()
    history.handles(NoteDrift(history.now, Drift.MISSING, "77")).cancels(**DATES)
    assert operation_of(history) is None
    assert operation_of(history.admin_sends(commands.CreateVps)) is OperationKind.CREATE


# The notifier

MINUTES = timedelta(minutes=2)


def test_h45_the_notifier_expects_the_suspension_at_the_date() -> None:
    ended = cancelled(subscriptionSnapshot={"current_period_end": STAMP})
    change = expected_change(ended, Desired.RUNNING, MINUTES, may_exist=True)
    assert change is not None
    assert (change.kind, change.due_from) == (OperationKind.SUSPEND, PERIOD_END)
    assert change.delete_by == PERIOD_END + HOLD + MINUTES
    missing = expected_change(ended, Desired.ABSENT, MINUTES, may_exist=False)
    assert missing is not None
    assert missing.kind is OperationKind.CREATE
