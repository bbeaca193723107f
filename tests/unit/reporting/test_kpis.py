"""The KPI formulas and their comparison with targets."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from slipway.reporting.kpis.counts import Counts
from slipway.reporting.kpis.inputs import KpiInputs, Vote
from slipway.reporting.kpis.kpi import KpiValue, Target, judged, share, wilson
from slipway.reporting.kpis.scorecard import KPIS, MEASURES
from slipway.reporting.kpis.window import WindowUnknown, named_window, parts
from slipway.reporting.projections.sketch import duration, percentile

NOW = datetime(2026, 11, 23, 14, 20, tzinfo=UTC)


def _inputs(counts: dict[str, Any] | None = None, **more: Any) -> KpiInputs:
    return KpiInputs(window=named_window("24h", NOW), counts=Counts([counts or {}]), **more)


@pytest.mark.parametrize("name", MEASURES)
def test_without_any_case_the_status_is_not_enough_data(name: str) -> None:
    kpi = judged(name, MEASURES[name](_inputs()), Target(">=", 0.99))
    assert kpi.status == "not enough data"


@pytest.mark.parametrize("fresh", [0, 3, 12, 500])
def test_cases_that_arrive_between_two_reads_make_no_share_above_one(fresh: int) -> None:
    """The buckets are read before the fresh cases are counted, and five arrive in between."""
    counts = {
        "deliveries": {"authentic": 15, "processed": 11, "quarantined": 1},
        "notified": {"incidents": 5, "in_time": 2, "n": 2},
    }
    inputs = _inputs(counts, fresh_deliveries=fresh, fresh_incidents=fresh)
    for name in ("webhook_processing", "notified_in_time"):
        kpi_value = MEASURES[name](inputs)
        assert kpi_value.value is not None
        assert kpi_value.value <= 1


def test_the_names_of_the_kpis_are_those_that_the_api_promises() -> None:
    assert list(KPIS) == [
        "automation_success",
        "provisioning_time",
        "deprovisioning_time",
        "webhook_processing",
        "manual_interventions",
        "uptime",
        "error_rate",
        "satisfaction",
    ]


@pytest.mark.parametrize(
    ("operator", "value", "met"),
    [
        ("<", 300, False),
        ("<=", 300, True),
        (">", 300, False),
        (">=", 300, True),
        ("=", 300, True),
        ("<", 299.9, True),
    ],
)
def test_less_than_differs_from_less_or_equal(operator: str, value: float, met: bool) -> None:  # noqa: FBT001
    assert Target(operator, 300).met_by(value) is met


def test_below_ten_cases_there_is_a_value_but_no_status() -> None:
    assert judged("x", share(9, 9), Target(">=", 0.9)).status == "not enough data"
    assert judged("x", share(10, 10), Target(">=", 0.5)).status == "met"


def test_the_sample_is_low_while_the_interval_includes_the_target() -> None:
    few, many = share(19, 20), share(9500, 10_000)
    target = Target(">=", 0.9)
    assert (judged("x", few, target).status, judged("x", few, target).low_sample) == ("met", True)
    assert (judged("x", many, target).status, judged("x", many, target).low_sample) == (
        "met",
        False,
    )


@given(whole=st.integers(1, 100_000), data=st.data())
def test_wilsons_interval_includes_the_share_and_stays_between_0_and_1(
    whole: int, data: st.DataObject
) -> None:
    part = data.draw(st.integers(0, whole))
    low, high = wilson(part, whole)
    assert 0 <= low <= part / whole + 1e-9
    assert part / whole - 1e-9 <= high <= 1


def test_automation_success_excludes_suspends_and_resumes_and_shows_superseded_tasks() -> None:
    tasks = {
        "decided": {"create": 8, "delete": 2, "suspend": 5},
        "automatic": {"create": 7, "delete": 2, "suspend": 5},
        "superseded": {"create": 3},
    }
    kpi_value = KPIS["automation_success"](_inputs({"tasks": tasks}))
    assert (kpi_value.value, kpi_value.n) == (0.9, 10)
    assert kpi_value.details["superseded"] == {"create": 3}


def test_error_rate_counts_every_kind_and_names_the_causes() -> None:
    tasks = {
        "decided": {"create": 8, "suspend": 12},
        "failed": {"create": 1, "suspend": 1},
        "causes": {"quota": 2},
    }
    kpi_value = KPIS["error_rate"](_inputs({"tasks": tasks}))
    assert (kpi_value.value, kpi_value.n) == (0.1, 20)
    assert kpi_value.details["by_cause"] == {"quota": 2}


def _probed(measured: int, good: int) -> dict[str, Any]:
    return {"probes": {"measured": measured, "good": good}}


def test_uptime_counts_unmeasured_slots_as_down_and_shows_the_range() -> None:
    launched = {"launched_at": NOW - timedelta(hours=1), "slot_seconds": 60}
    kpi_value = KPIS["uptime"](_inputs(_probed(40, 39), **launched))
    assert (kpi_value.value, kpi_value.n) == (39 / 60, 60)
    assert kpi_value.details["range"] == [39 / 60, 59 / 60]
    assert kpi_value.details["unmeasured_share"] == pytest.approx(20 / 60)


def test_uptime_begins_at_the_launch_and_not_before() -> None:
    launched = {"launched_at": NOW - timedelta(minutes=10), "slot_seconds": 60}
    assert KPIS["uptime"](_inputs(_probed(10, 10), **launched)).value == 1


def test_satisfaction_takes_the_latest_vote_of_each_admin() -> None:
    votes = (
        Vote("ada", 2, NOW - timedelta(hours=3)),
        Vote("ada", 5, NOW - timedelta(hours=1)),
        Vote("bob", 4, NOW - timedelta(hours=2)),
    )
    kpi_value = KPIS["satisfaction"](_inputs(votes=votes, admins_asked=3))
    assert (kpi_value.value, kpi_value.n) == (4.5, 2)
    assert kpi_value.details == {"asked": 3, "answered": 2}


def test_manual_interventions_count_creations_and_deletions_but_no_retries() -> None:
    counts = {
        "interventions": {"create": 1, "delete": 2, "retry": 7},
        "tasks": {"decided": {"create": 30}},
    }
    kpi_value = KPIS["manual_interventions"](_inputs(counts))
    assert (kpi_value.value, kpi_value.n) == (3, 30)
    assert kpi_value.details["retries_by_admins"] == 7


def test_manual_interventions_count_this_month_for_any_window() -> None:
    month = Counts([{"interventions": {"create": 4}, "tasks": {"decided": {"create": 90}}}])
    day = {"interventions": {"create": 1}, "tasks": {"decided": {"create": 9}}}
    kpi_value = KPIS["manual_interventions"](_inputs(day, this_month=month))
    assert (kpi_value.value, kpi_value.n) == (4, 90)
    assert kpi_value.details["in_this_window"] == 1


@given(st.lists(st.integers(1, 10_000_000), min_size=1, max_size=200), st.sampled_from([0.5, 0.95]))
def test_the_sketch_is_two_percent_off_at_most(values: list[int], at: float) -> None:
    bins: dict[str, int] = {}
    for value in values:
        for name in duration("x", value):
            if name.startswith("x.bins."):
                index = name.removeprefix("x.bins.")
                bins[index] = bins.get(index, 0) + 1
    ranked = sorted(values)
    exact = ranked[int(at * (len(ranked) - 1))]
    found = percentile(bins, at)
    assert found == pytest.approx(exact, rel=0.0201)


@pytest.mark.parametrize("name", ["24h", "7d", "30d", "90d", "month"])
def test_a_windows_parts_cover_it_once_without_a_gap(name: str) -> None:
    asked = named_window(name, NOW)
    ranges = parts(asked)
    assert (ranges[0][1], ranges[-1][2]) == (asked.begin, asked.end)
    for (_, _, end), (_, begin, _) in pairwise(ranges):
        assert end == begin
    hours = sum((end - begin) / timedelta(hours=1) for span, begin, end in ranges if span == "hour")
    assert hours <= 48


def test_a_window_that_ends_before_it_begins_is_refused() -> None:
    with pytest.raises(WindowUnknown, match="from < to"):
        named_window("custom", NOW, NOW, NOW - timedelta(days=1))
    with pytest.raises(WindowUnknown, match="24h"):
        named_window("fortnight", NOW)


def test_a_mean_has_an_interval_too() -> None:
    counts: dict[str, int] = {}
    for seconds in range(50, 70):
        for name, number in duration("provisioning", seconds * 1000).items():
            counts[name] = counts.get(name, 0) + number
    nested: dict[str, Any] = {"bins": {}}
    for name, number in counts.items():
        *_, last = name.split(".")
        (nested["bins"] if ".bins." in name else nested)[last] = number
    kpi_value: KpiValue = KPIS["provisioning_time"](_inputs({"provisioning": nested}))
    assert kpi_value.value == 59.5
    assert kpi_value.interval is not None
    assert kpi_value.interval[0] < 59.5 < kpi_value.interval[1]
    assert judged("x", kpi_value, Target("<", 60)).low_sample
