"""A location that falls silent says so once, and once more when it is heard again."""

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


def test_silence_is_said_once_per_cause() -> None:
    notice = ReportSilence("loc1", SilenceCause.API_UNREACHABLE, NOW)
    given(SILENCE).when(notice).then(SILENT)
    given(SILENCE, SILENT).when(notice).then_nothing()
    refused = ReportSilence("loc1", SilenceCause.TOKEN_REFUSED, NOW)
    given(SILENCE, SILENT).when(refused).then_types(LocationFellSilent)
    quiet = ReportSilence("loc1", SilenceCause.NO_DELIVERIES, NOW)
    given(SILENCE, SILENT).when(quiet).then_nothing()


def test_it_is_heard_again_only_by_what_ends_its_cause() -> None:
    later = NOW + timedelta(seconds=90)
    webhook = ReportActivity("loc1", frozenset({SilenceCause.NO_DELIVERIES}), later)
    given(SILENCE, SILENT).when(webhook).then_nothing()
    answer = ReportActivity(
        "loc1", frozenset({SilenceCause.API_UNREACHABLE, SilenceCause.TOKEN_REFUSED}), later
    )
    heard = LocationSilenceEnded(location_id="loc1", silent_seconds=90)
    given(SILENCE, SILENT).when(answer).then(heard)
    given(SILENCE, SILENT, heard).when(answer).then_nothing()


def test_a_pause_is_unusual_only_against_the_locations_own_rhythm() -> None:
    rhythm = ExpectedInterval(NOW)
    for n in range(1, MIN_OBSERVATIONS + 1):
        assert rhythm.silent_since(NOW + timedelta(days=9), 60) is None
        rhythm = rhythm.observe(NOW + timedelta(minutes=n))
    last = NOW + timedelta(minutes=MIN_OBSERVATIONS)
    assert rhythm.silent_since(last + timedelta(minutes=8), 60) is None
    assert rhythm.silent_since(last + timedelta(minutes=11), 60) == last
    assert rhythm.silent_since(last + timedelta(minutes=11), 3600) is None
