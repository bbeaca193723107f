"""Each KPI, as counted from events, equals a recount of the facts behind the events."""

from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from slipway.contracts.envelope import Recorded
from slipway.reporting.kpis.inputs import KpiInputs, Vote
from slipway.reporting.kpis.kpi import KpiValue
from slipway.reporting.kpis.scorecard import MEASURES
from slipway.reporting.kpis.window import Window

from tests.support.builders.customer_story import NOON
from tests.support.builders.random_customers import (
    ANY_FACTS,
    PROBE_SECONDS,
    Change,
    Course,
    Customer,
    Facts,
    Webhook,
    records_of,
    slot,
)
from tests.support.dsl.projecting import Folded

LATER = NOON + timedelta(days=1)


def _measured(records: list[Recorded], facts: Facts) -> dict[str, KpiValue]:
    folded = Folded().batch(records).later(LATER)
    window = Window("custom", NOON, slot(len(facts.probes)), LATER)
    inputs = KpiInputs(
        window=window, counts=folded.counts(), launched_at=NOON, slot_seconds=PROBE_SECONDS
    )
    return {name: formula(inputs) for name, formula in MEASURES.items()}


def _share(part: int, whole: int) -> tuple[float | None, int]:
    return (part / whole if whole else None), whole


def _mean(seconds: list[int]) -> tuple[float | None, int]:
    return (sum(seconds) / len(seconds) if seconds else None), len(seconds)


def _recounted(facts: Facts) -> dict[str, tuple[float | None, int]]:
    creations = [one.created for one in facts.customers]
    deletions = [one.deleted for one in facts.customers if one.deleted is not None]
    decided = [one for one in (*creations, *deletions) if one.course is not Course.SUPERSEDED]
    automatic = [one for one in decided if one.course is Course.AUTOMATIC]
    faulty = [one for one in decided if one.faults]
    webhooks = [one for one in facts.webhooks if one is not Webhook.POLLED_IN_VAIN]
    processed = [one for one in webhooks if one in {Webhook.APPLIED, Webhook.IGNORED}]
    in_time = [after for after in facts.notified_after if after is not None and after <= 300]
    by_admin = sum(one.course is Course.BY_ADMIN for one in decided)
    return {
        "automation_success": _share(len(automatic), len(decided)),
        "error_rate": _share(sum(one.has_failed for one in decided), len(decided)),
        "provisioning_time": _mean(_durations(creations)),
        "deprovisioning_time": _mean(_durations(deletions)),
        "webhook_processing": _share(len(processed), len(webhooks)),
        "manual_interventions": (float(by_admin), max(len(decided), by_admin)),
        "uptime": _share(sum(up and ms <= 1000 for up, ms in facts.probes), len(facts.probes)),
        "notified_in_time": _share(len(in_time), len(facts.notified_after)),
        "faults_healed": _share(sum(one in automatic for one in faulty), len(faulty)),
    }


def _durations(changes: list[Change]) -> list[int]:
    return [one.took for one in changes if one.is_proven]


@settings(max_examples=80, deadline=None)
@given(facts=ANY_FACTS, data=st.data())
def test_each_kpi_equals_a_recount_of_what_happened(facts: Facts, data: st.DataObject) -> None:
    records = records_of(facts)
    repeated = data.draw(st.integers(0, len(records)))
    measured = _measured([*records, *records[:repeated]], facts)
    for name, (value, n) in _recounted(facts).items():
        assert measured[name].value == pytest.approx(value), name
        assert measured[name].n == n, name


def test_the_recount_covers_each_kpi_that_is_counted_from_events() -> None:
    elsewhere = {"satisfaction", "portal_data_age"}
    assert set(_recounted(Facts((), (), (), ()))) == set(MEASURES) - elsewhere


@given(
    votes=st.lists(st.tuples(st.sampled_from("abc"), st.integers(1, 5)), min_size=1, max_size=12)
)
def test_satisfaction_equals_a_recount_of_the_latest_votes(votes: list[tuple[str, int]]) -> None:
    latest = dict(votes)
    cast = [
        Vote(admin, score, NOON + timedelta(minutes=number))
        for number, (admin, score) in enumerate(votes)
    ]
    window = Window("custom", NOON, LATER, LATER)
    inputs = KpiInputs(window=window, counts=Folded().counts(), votes=tuple(reversed(cast)))
    found = MEASURES["satisfaction"](inputs)
    assert found.value == pytest.approx(sum(latest.values()) / len(latest))
    assert found.n == len(latest)


@pytest.mark.parametrize(("after", "share"), [(299, 1.0), (300, 1.0), (301, 0.0), (3000, 0.0)])
def test_an_admin_is_notified_in_time_within_five_minutes(after: int, share: float) -> None:
    facts = Facts((), (), (after,), ())
    assert _measured(records_of(facts), facts)["notified_in_time"].value == share


def test_an_incident_without_a_notification_lowers_the_share_that_was_notified_in_time() -> None:
    facts = Facts((), (), (60, None, None, None), ())
    found = _measured(records_of(facts), facts)["notified_in_time"]
    assert (found.value, found.n) == (0.25, 4)


def test_a_superseded_task_is_no_case_of_the_error_rate() -> None:
    facts = Facts(
        tuple(
            _customer(course)
            for course in (Course.AUTOMATIC, Course.PARKED, Course.SUPERSEDED, Course.SUPERSEDED)
        ),
        (),
        (),
        (),
    )
    found = _measured(records_of(facts), facts)["error_rate"]
    assert (found.value, found.n) == (0.5, 2)


def _customer(course: Course) -> Customer:
    return Customer(0, Change(course, 60), None)
