"""A location's silence is reported once, and its end once."""

from datetime import timedelta

from slipway.contracts.deliveries import LocationFellSilent, LocationSilenceEnded, SilenceCause
from slipway.ingest.polling.expected_interval import MIN_OBSERVATIONS, ExpectedInterval
from slipway.ingest.polling.silence_decider import (
    SILENCE,
    ReportActivity,
    ReportSilence,
)

from tests.support.builders.ghl_records import NOW
from tests.support.dsl.deciding import given

SILENT = LocationFellSilent(location_id="loc1", since=NOW, cause=SilenceCause.API_UNREACHABLE)


def test_silence_is_reported_once_per_cause() -> None:
    silence = ReportSilence("loc1", SilenceCause.API_UNREACHABLE, NOW)
    given(SILENCE).when(silence).then(SILENT)
    given(SILENCE, SILENT).when(silence).then_nothing()
    refused = ReportSilence("loc1", SilenceCause.TOKEN_REFUSED, NOW)
    given(SILENCE, SILENT).when(refused).then_types(LocationFellSilent)
    quiet = ReportSilence("loc1", SilenceCause.NO_DELIVERIES, NOW)
    given(SILENCE, SILENT).when(quiet).then_nothing()


def test_silence_ends_only_if_its_cause_ends() -> None:
    later = NOW + timedelta(seconds=90)
    webhook = ReportActivity("loc1", frozenset({SilenceCause.NO_DELIVERIES}), later)
    given(SILENCE, SILENT).when(webhook).then_nothing()
    readable = ReportActivity(
        "loc1", frozenset({SilenceCause.API_UNREACHABLE, SilenceCause.TOKEN_REFUSED}), later
    )
    ended = LocationSilenceEnded(location_id="loc1", silent_seconds=90)
    given(SILENCE, SILENT).when(readable).then(ended)
    given(SILENCE, SILENT, ended).when(readable).then_nothing()


def test_a_pause_is_silence_only_by_the_locations_own_interval() -> None:
    interval = ExpectedInterval(NOW)
    for n in range(1, MIN_OBSERVATIONS + 1):
        assert interval.silent_since(NOW + timedelta(days=9), 60) is None
        interval = interval.observe(NOW + timedelta(minutes=n))
    last = NOW + timedelta(minutes=MIN_OBSERVATIONS)
    assert interval.silent_since(last + timedelta(minutes=8), 60) is None
    assert interval.silent_since(last + timedelta(minutes=11), 60) == last
    assert interval.silent_since(last + timedelta(minutes=11), 3600) is None
