"""The texts of the portal: shares, ages, details and links."""

from datetime import UTC, datetime, timedelta

import pytest
from slipway.reporting.kpis.counts import Counts
from slipway.reporting.kpis.inputs import KpiInputs
from slipway.reporting.kpis.kpi import judged, share
from slipway.reporting.kpis.scorecard import MEASURES
from slipway.reporting.kpis.window import named_window
from slipway.reporting.portal.texts import events, formatting, health
from slipway.reporting.portal.texts.kpi_details import details

NOW = datetime(2026, 11, 23, 14, 20, tzinfo=UTC)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (1.0, "100 %"),
        (0.99999, "99.99 %"),
        (0.0, "0 %"),
        (0.00001, "0.01 %"),
        (0.9048, "90.48 %"),
        (0.95, "95 %"),
        (None, "\N{EN DASH}"),
    ],
)
def test_a_share_is_never_rounded_to_0_or_100_percent(value: float | None, text: str) -> None:
    assert formatting.share(value) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (1, "just now"),
        (48, "48 s ago"),
        (3516, "58 min ago"),
        (3600, "1 h ago"),
        (90_000, "25 h ago"),
        (200_000, "2 days ago"),
        (-30, "in 30 s"),
    ],
)
def test_an_age_is_written_in_its_largest_unit(seconds: float, text: str) -> None:
    assert formatting.ago(NOW - timedelta(seconds=seconds), NOW) == text


@pytest.mark.parametrize("name", MEASURES)
def test_each_detail_of_a_kpi_has_a_label(name: str) -> None:
    counts = {"tasks": {"decided": {"create": 3}, "causes": {"plan-unmapped": 2}}}
    inputs = KpiInputs(window=named_window("24h", NOW), counts=Counts([counts]))
    kpi = judged(name, MEASURES[name](inputs), None)
    for label, text in details(kpi):
        assert "_" not in label + text
        assert text


def test_causes_are_written_with_their_counts() -> None:
    kpi = judged("error_rate", share(2, 3, {"by_cause": {"plan-unmapped": 2, "quota": 1}}), None)
    assert details(kpi) == [("by cause", "2 plan unmapped, 1 quota")]


@pytest.mark.parametrize(
    ("seconds", "expected"), [(5, None), (30, None), (31, 31.0), (3600, 3600.0)]
)
def test_data_is_stale_when_even_heartbeats_are_missing(
    seconds: float, expected: float | None
) -> None:
    assert health.stale_seconds(NOW - timedelta(seconds=seconds), NOW) == expected


def test_without_any_event_no_data_is_stale() -> None:
    assert health.stale_seconds(None, NOW) is None


@pytest.mark.parametrize(
    ("stream", "expected"),
    [
        ("vps-loc1:sub1-1", ("vps", "/servers/loc1:sub1-1")),
        ("delivery-webhooks/3/5", ("delivery", "/events/webhooks/3/5")),
        ("brake-all", ("brake", "")),
    ],
)
def test_a_stream_links_to_the_page_it_is_about(stream: str, expected: tuple[str, str]) -> None:
    assert events.stream_link({"stream": stream}) == expected
