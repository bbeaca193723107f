"""Figures in words that don't flatter."""

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
def test_not_quite_all_is_never_all_and_a_little_is_never_none(
    value: float | None, text: str
) -> None:
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
def test_how_long_ago_is_said_as_a_person_would(seconds: float, text: str) -> None:
    assert formatting.ago(NOW - timedelta(seconds=seconds), NOW) == text


@pytest.mark.parametrize("name", MEASURES)
def test_whatever_stands_beside_a_figure_has_words(name: str) -> None:
    counts = {"tasks": {"decided": {"create": 3}, "causes": {"plan-unmapped": 2}}}
    inputs = KpiInputs(window=named_window("24h", NOW), counts=Counts([counts]))
    kpi = judged(name, MEASURES[name](inputs), None)
    for label, text in details(kpi):
        assert "_" not in label + text
        assert text


def test_a_cause_is_counted_in_words() -> None:
    kpi = judged("error_rate", share(2, 3, {"by_cause": {"plan-unmapped": 2, "quota": 1}}), None)
    assert details(kpi) == [("by cause", "2 plan unmapped, 1 quota")]


@pytest.mark.parametrize(("seconds", "said"), [(5, None), (30, None), (31, 31.0), (3600, 3600.0)])
def test_a_standstill_is_said_once_no_heartbeat_explains_it(
    seconds: float, said: float | None
) -> None:
    assert health.stale_seconds(NOW - timedelta(seconds=seconds), NOW) == said


def test_before_the_first_event_nothing_stands_still() -> None:
    assert health.stale_seconds(None, NOW) is None


@pytest.mark.parametrize(
    ("stream", "said"),
    [
        ("vps-loc1:sub1-1", ("vps", "/servers/loc1:sub1-1")),
        ("delivery-webhooks/3/5", ("delivery", "/events/webhooks/3/5")),
        ("brake-all", ("brake", "")),
    ],
)
def test_a_stream_is_said_in_a_word_that_leads_to_what_it_is_about(
    stream: str, said: tuple[str, str]
) -> None:
    assert events.stream_link({"stream": stream}) == said
