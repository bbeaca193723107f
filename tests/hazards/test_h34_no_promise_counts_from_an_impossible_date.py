"""H34: a promise never begins before the change was seen, whatever dates GHL's record shows."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from slipway.contracts.codec import dump, load
from slipway.contracts.incidents import IncidentCause, Severity
from slipway.contracts.subscriptions import (
    Entitlement,
    EntitlementEnded,
    EntitlementGranted,
    Verdict,
)
from slipway.contracts.vps import Desired, DesiredStateChanged
from slipway.ingest.subscriptions.events import event_of
from slipway.notifier.expectations.policy import expected_change
from slipway.notifier.incidents.rules.result import Recovery, Symptom
from slipway.notifier.incidents.rules.table import apply_rules

from tests.support.builders.customer_story import Story
from tests.support.builders.ghl_records import NOW, assessed, order, record
from tests.support.dsl.ingest import IngestInMemory, call

LATER = NOW + timedelta(days=300)
ODD = "9999-12-31T23:59:59Z"
HOLD = timedelta(days=7)
GRACE = timedelta(days=3)
WRONG: list[Any] = [0, "0", "1970-01-01", "9999-12-31T23:59:59Z", "1999-12-31", "soon", True, []]
DATES = ("createdAt", "updatedAt", "canceledAt", "subscriptionStartDate", "subscriptionEndDate")


def ended_after_ten_months(**changes: Any) -> Entitlement:
    paying = assessed(record()).entitlement
    return assessed(record(status="canceled", **changes), previous=paying, now=LATER).entitlement


def test_h34_a_cancellation_asked_for_ten_months_ago_has_its_whole_hold() -> None:
    asked = ended_after_ten_months(canceledAt="2026-10-06T00:00:00Z")
    assert asked.delete_at == LATER + HOLD


@pytest.mark.parametrize("canceled_at", [*WRONG, None, "", "null"], ids=repr)
def test_h34_a_missing_or_impossible_date_leaves_the_whole_hold(canceled_at: object) -> None:
    ended = ended_after_ten_months(canceledAt=canceled_at, updatedAt=None)
    assert ended.verdict is Verdict.ABSENT
    assert ended.delete_at == LATER + HOLD


def test_h34_milliseconds_as_text_or_number_are_a_date() -> None:
    asked = datetime(2026, 10, 6, tzinfo=UTC)
    for value in (asked.timestamp(), asked.timestamp() * 1000, f"{asked.timestamp() * 1000:.0f}"):
        ended = ended_after_ten_months(canceledAt=value)
        assert ended.record.canceled_at == asked
        assert ended.skipped_dates == ()
        assert ended.delete_at == LATER + HOLD


def test_h34_a_grace_begins_when_the_missed_payment_was_seen() -> None:
    overdue = assessed(
        record(status="past_due"), previous=assessed(record()).entitlement, now=LATER
    ).entitlement
    assert overdue.suspend_at == LATER + GRACE


def test_h34_who_is_first_seen_after_the_end_has_the_hold_from_then() -> None:
    ended = assessed(record(status="canceled", canceledAt="2026-01-01T00:00:00Z")).entitlement
    assert ended.delete_at == NOW + HOLD


def test_h34_reading_the_same_end_again_does_not_move_the_hold() -> None:
    first = ended_after_ten_months()
    again = assessed(
        record(status="expired", canceledAt=0), previous=first, now=LATER + timedelta(days=1)
    ).entitlement
    assert again.delete_at == first.delete_at


@pytest.mark.parametrize("value", WRONG, ids=repr)
@pytest.mark.parametrize("field", DATES)
def test_h34_an_impossible_date_is_reported_with_its_field(field: str, value: object) -> None:
    [skipped] = ended_after_ten_months(**{field: value}).skipped_dates
    assert skipped.field == field
    assert skipped.problem


def test_h34_an_end_before_the_start_is_skipped() -> None:
    ended = ended_after_ten_months(
        canceledAt="2026-01-01",
        subscriptionStartDate="2026-10-05",
        subscriptionEndDate="2026-09-01",
    )
    assert {one.field for one in ended.skipped_dates} == {"canceledAt", "subscriptionEndDate"}
    assert ended.delete_at == LATER + HOLD


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.datetimes().map(str),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)
SNAPSHOT_DATES = ("current_period_start", "current_period_end", "cancel_at")


@given(
    st.sampled_from(["active", "trialing", "past_due", "unpaid", "canceled", "refunded", "?"]),
    st.fixed_dictionaries({}, optional=dict.fromkeys((*DATES, "lastPaymentDate"), anything)),
    st.fixed_dictionaries({}, optional=dict.fromkeys(SNAPSHOT_DATES, anything)),
    anything,
    anything,
)
def test_h34_assessing_any_value_in_any_date_never_raises_and_keeps_the_promise(
    status: str, dates: dict[str, Any], snapshot: dict[str, Any], schedule: Any, interval: Any
) -> None:
    recurring = {"price": {"recurring": {"interval": "month", "intervalCount": interval}}}
    odd = record(
        status=status,
        schedule={"executeAt": schedule, "rrule": {"startDate": schedule}},
        subscriptionSnapshot=snapshot,
        recurringProduct={"name": "VPS"} | recurring,
        **dates,
    )
    found = assessed(odd, previous=assessed(record()).entitlement, now=LATER)
    entitlement = found.entitlement
    event = event_of(found)
    assert load(event.TYPE, dump(event)) == event
    if entitlement.verdict is Verdict.ABSENT:
        assert entitlement.delete_at is not None
        assert entitlement.delete_at >= LATER + HOLD
    if status == "past_due":
        assert entitlement.suspend_at == LATER + GRACE


@pytest.mark.parametrize("value", [*WRONG, None, {"$date": 1}, float("nan")], ids=repr)
async def test_h34_both_workers_and_the_poller_survive_any_date(value: Any) -> None:
    ingest = IngestInMemory()
    ingest.ghl.has(record(), order())
    await ingest.deliver(call("active"))
    await ingest.work()
    ingest.ghl.has(record(status="canceled", **dict.fromkeys(DATES, value)), order())
    await ingest.poller.poll_once()
    assert await ingest.poller.poll_once() == 1
    await ingest.work()
    [granted, ended] = await ingest.subscription()
    assert isinstance(granted, EntitlementGranted)
    assert isinstance(ended, EntitlementEnded)
    assert ended.entitlement.delete_at == ingest.clock() + HOLD


def test_h34_a_date_of_the_year_9999_in_an_older_event_overflows_nowhere() -> None:
    story = Story()
    story.entitled("absent", 0, delete_at=story.time(0))
    event = story.records[0].event
    assert isinstance(event, EntitlementEnded)
    written = dump(event)
    written["entitlement"] |= {"delete_at": ODD, "changed_at": "0001-01-01T00:00Z"}
    old = load(event.TYPE, written)
    assert isinstance(old, EntitlementEnded)
    for proven in Desired:
        assert expected_change(old.entitlement, proven, timedelta(days=365), may_exist=True)
    wanted = story.wanted("absent", 0, delete_at=ODD, suspend_at=ODD)
    assert isinstance(wanted.event, DesiredStateChanged)
    assert wanted.event.delete_at is not None
    assert wanted.event.delete_at + timedelta(days=3650) < datetime.max.replace(tzinfo=UTC)


def test_h34_the_notifier_names_the_field_once_for_each_subscription() -> None:
    story = Story()
    for at in (0, 1):
        skipped = [{"field": "canceledAt", "problem": "9999 is too late"}]
        story.entitled("running", at, skipped_dates=skipped)
    story.entitled("running", 2)
    results = [
        one
        for recorded in story.records
        for one in apply_rules(recorded)
        if one.cause is IncidentCause.IMPOSSIBLE_DATE
    ]
    first, second, recovery = results
    assert isinstance(first, Symptom)
    assert isinstance(second, Symptom)
    assert (first.key, first.affected) == (second.key, second.affected)
    assert first.severity is Severity.TODAY
    assert "canceledAt" in first.explanation
    assert isinstance(recovery, Recovery)
