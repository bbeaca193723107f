"""Heartbeats and probes to what is wrong: silence, lateness, refusals, a portal that is down."""

from datetime import datetime, timedelta

import pytest
from slipway.contracts.heartbeats import Heartbeat
from slipway.contracts.incidents import IncidentCause, ProbeAnswered
from slipway.notifier.incidents.rules.result import Recovery, RuleResult, Symptom
from slipway.notifier.monitoring.health import HealthEvaluator

from tests.support.builders.expectation_commands import START

WATCHED = ("ingest", "provisioner")


def at(seconds: float) -> datetime:
    return START + timedelta(seconds=seconds)


def beat(service: str, seconds: float, instance: str = "1", **more: object) -> Heartbeat:
    fields: dict[str, object] = {"at": at(seconds), "started_at": START}
    return Heartbeat(service=service, instance=instance, **(fields | more))


class Signs:
    """Vital signs of two services that beat every five seconds unless told otherwise."""

    def __init__(self, own: tuple[str, str] | None = None) -> None:
        self.health = HealthEvaluator(WATCHED, START, own=own)

    def beats(self, *services: str, until: float, since: float = 0, **more: object) -> "Signs":
        for second in range(int(since), int(until) + 1, 5):
            for service in services:
                self.health.record_heartbeat(beat(service, second, **more), at(second))  # type: ignore[arg-type]
        return self

    def probes(self, verdicts: str) -> "Signs":
        """One letter a slot: up or down."""
        for number, verdict in enumerate(verdicts):
            up = verdict == "u"
            problem = None if up else "It answered 500."
            self.health.record_probe(
                ProbeAnswered(slot=at(30 * number), slot_seconds=30, up=up, problem=problem)
            )
        return self

    def wrong(self, seconds: float) -> set[tuple[IncidentCause, str]]:
        return {(one.cause, one.subject) for one in self.symptoms(seconds)}

    def symptoms(self, seconds: float) -> list[Symptom]:
        return [one for one in self.found(seconds) if isinstance(one, Symptom)]

    def well(self, seconds: float) -> set[tuple[IncidentCause | None, str | None]]:
        found = self.found(seconds)
        return {(one.cause, one.subject) for one in found if isinstance(one, Recovery)}

    def found(self, seconds: float) -> list[RuleResult]:
        return self.health.evaluate(at(seconds))


def test_all_is_well_while_all_hearts_beat() -> None:
    signs = Signs().beats(*WATCHED, until=60)
    assert signs.wrong(64) == set()
    assert {
        (IncidentCause.HEARTBEAT_MISSING, "ingest"),
        (IncidentCause.SERVICE_UNHEALTHY, "provisioner"),
    } <= signs.well(64)


def test_a_silent_service_is_missed_and_its_return_is_noticed() -> None:
    signs = Signs().beats(*WATCHED, until=10).beats("ingest", since=15, until=60)
    assert signs.wrong(30) == set()
    assert signs.wrong(31) == {(IncidentCause.HEARTBEAT_MISSING, "provisioner")}
    [missed] = signs.symptoms(60)
    assert missed.since == at(10)
    assert missed.explanation == (
        "Provisioner (the service that creates and deletes servers) has sent no heartbeat for "
        "50 seconds."
    )
    signs.beats("provisioner", since=65, until=65)
    assert (IncidentCause.HEARTBEAT_MISSING, "provisioner") in signs.well(66)


def test_after_a_start_nothing_is_said_of_what_was_not_heard_yet() -> None:
    # "Well" would end an incident that an earlier process opened, and open it again soon after.
    assert Signs().found(19) == []
    assert Signs().wrong(21) == {
        (IncidentCause.HEARTBEAT_MISSING, "ingest"),
        (IncidentCause.HEARTBEAT_MISSING, "provisioner"),
    }


def test_one_of_two_instances_is_enough_for_a_sign_of_life() -> None:
    signs = Signs().beats(*WATCHED, until=10).beats(*WATCHED, since=15, until=60, instance="2")
    assert signs.wrong(60) == set()


@pytest.mark.parametrize(
    "sample",
    [{"oldest_unpublished_seconds": 31.0}, {"oldest_due_seconds": 61.0}],
    ids=["nothing is published", "due work is late"],
)
def test_what_is_late_is_sick_and_a_healthy_instance_beside_it_changes_nothing(
    sample: dict[str, object],
) -> None:
    signs = Signs().beats(*WATCHED, until=10)
    signs.beats("ingest", since=10, until=10, **sample)
    signs.beats("ingest", since=10, until=10, instance="2")
    assert signs.wrong(11) == {(IncidentCause.SERVICE_UNHEALTHY, "ingest")}
    signs.beats("ingest", since=15, until=15)
    assert (IncidentCause.SERVICE_UNHEALTHY, "ingest") in signs.well(16)


def test_records_that_wait_without_end_are_sick_and_a_passing_burst_is_not() -> None:
    signs = Signs().beats(*WATCHED, until=60, lag=7).beats(*WATCHED, since=65, until=65, lag=0)
    assert signs.wrong(66) == set()
    signs.beats(*WATCHED, since=70, until=190, lag=1)
    assert signs.wrong(190) == set()
    signs.beats(*WATCHED, since=195, until=195, lag=1)
    assert signs.wrong(195) == {
        (IncidentCause.SERVICE_UNHEALTHY, "ingest"),
        (IncidentCause.SERVICE_UNHEALTHY, "provisioner"),
    }


class TestDeaf:
    """Our own heart goes through the same Kafka: unheard, it proves that we hear nobody."""

    OWN = ("notifier", "notifier-1")

    def hearing(self, until: float) -> Signs:
        signs = Signs(own=self.OWN).beats(*WATCHED, until=until)
        return signs.beats("notifier", until=until, instance="notifier-1")

    def test_who_hears_itself_judges_the_others(self) -> None:
        signs = self.hearing(10).beats("notifier", since=15, until=60, instance="notifier-1")
        assert signs.wrong(60) == {
            (IncidentCause.HEARTBEAT_MISSING, "ingest"),
            (IncidentCause.HEARTBEAT_MISSING, "provisioner"),
        }

    def test_who_hears_nothing_says_nothing_about_others(self) -> None:
        signs = self.hearing(10)
        assert signs.health.receives_nothing(at(21))
        assert all(
            cause not in {IncidentCause.HEARTBEAT_MISSING, IncidentCause.SERVICE_UNHEALTHY}
            for cause, _ in signs.wrong(600)
        )
        assert all(
            cause not in {IncidentCause.HEARTBEAT_MISSING, IncidentCause.SERVICE_UNHEALTHY}
            for cause, _ in signs.well(600)
        )

    def test_after_an_outage_everyone_gets_the_full_patience_again(self) -> None:
        signs = self.hearing(10).beats("notifier", since=600, until=600, instance="notifier-1")
        assert not signs.health.receives_nothing(at(600))
        assert signs.wrong(609) == set()
        signs.beats("notifier", since=605, until=620, instance="notifier-1")
        assert signs.wrong(621) == {
            (IncidentCause.HEARTBEAT_MISSING, "ingest"),
            (IncidentCause.HEARTBEAT_MISSING, "provisioner"),
        }

    def test_who_is_deaf_or_wedged_is_stuck(self) -> None:
        signs = self.hearing(10).health
        assert not signs.is_stuck(at(11), unpublished_seconds=0.2, progress=True)
        assert signs.is_stuck(at(21), unpublished_seconds=0.2, progress=True)
        assert signs.is_stuck(at(11), unpublished_seconds=31, progress=True)
        assert signs.is_stuck(at(11), unpublished_seconds=0.2, progress=False)

    def test_who_never_heard_itself_is_deaf_soon(self) -> None:
        assert not Signs(own=self.OWN).health.receives_nothing(at(10))
        assert Signs(own=self.OWN).health.receives_nothing(at(11))


class TestRefusals:
    def counted(self, *totals: int, counter: str = "refused_signature") -> Signs:
        """Running totals, a beat apart from second 100 on."""
        signs = Signs().beats("provisioner", until=100)
        for second, total in zip(range(100, 200, 5), totals, strict=False):
            signs.beats("ingest", since=second, until=second, counters={counter: total})
        return signs

    def test_a_burst_is_wrong_and_a_few_are_not(self) -> None:
        assert self.counted(100, 120).wrong(106) == set()
        [burst] = self.counted(100, 121).symptoms(106)
        assert (burst.cause, burst.subject, burst.since) == (
            IncidentCause.SIGNATURES_REFUSED,
            "edge",
            at(105),
        )

    def test_it_is_over_when_none_came_for_a_minute(self) -> None:
        signs = self.counted(100, 150, 151)
        signs.beats("ingest", since=115, until=240, counters={"refused_signature": 151})
        assert (IncidentCause.SIGNATURES_REFUSED, "edge") in signs.wrong(120)
        assert (IncidentCause.SIGNATURES_REFUSED, "edge") not in signs.well(168)
        assert (IncidentCause.SIGNATURES_REFUSED, "edge") in signs.well(171)

    def test_one_body_that_is_too_large_is_wrong(self) -> None:
        assert self.counted(3, 4, counter="too_large").wrong(106) == {
            (IncidentCause.WEBHOOK_TOO_LARGE, "edge")
        }

    def test_what_was_counted_before_we_listened_is_no_burst(self) -> None:
        assert self.counted(5000).wrong(101) == set()

    def test_a_restart_that_counts_from_nothing_is_no_burst(self) -> None:
        signs = self.counted(5000)
        signs.health.record_heartbeat(beat("ingest", 106, started_at=at(105), counters={}), at(106))
        assert signs.wrong(107) == set()
        again = {"refused_signature": 21}
        signs.health.record_heartbeat(
            beat("ingest", 111, started_at=at(105), counters=again), at(111)
        )
        assert signs.wrong(112) == {(IncidentCause.SIGNATURES_REFUSED, "edge")}

    def test_what_we_read_late_did_not_happen_all_at_once(self) -> None:
        signs = Signs()
        for number in range(60):
            counters = {"refused_signature": 10 * number}
            late = beat("ingest", 60 * number - 3600, counters=counters)
            signs.health.record_heartbeat(late, at(1))
        assert signs.wrong(2) == set()


class TestThePortal:
    def test_two_failed_probes_in_a_row_are_wrong_since_the_first(self) -> None:
        assert Signs().probes("ud").wrong(10) == set()
        [down] = Signs().probes("uddd").symptoms(10)
        assert (down.cause, down.since, down.explanation) == (
            IncidentCause.PORTAL_DOWN,
            at(30),
            "It answered 500.",
        )

    def test_one_answer_ends_it(self) -> None:
        assert (IncidentCause.PORTAL_DOWN, "portal") in Signs().probes("ddu").well(10)

    def test_before_the_first_probe_nothing_is_known(self) -> None:
        assert Signs().found(10) == []
        assert Signs().probes("d").found(10) == []

    def test_a_verdict_that_comes_again_counts_once(self) -> None:
        signs = Signs().probes("d")
        signs.probes("d")
        assert signs.wrong(10) == set()


def test_a_task_that_keeps_failing_is_an_incident_that_names_it() -> None:
    failing = {"poll loc1": at(10)}
    signs = Signs().beats("provisioner", until=120)
    signs.beats("ingest", since=15, until=120, failing_tasks=failing)
    [symptom] = signs.symptoms(121)
    assert (symptom.cause, symptom.subject) == (IncidentCause.SERVICE_UNHEALTHY, "ingest")
    assert symptom.since == at(10)
    assert "poll loc1" in str(symptom)


def test_a_task_that_failed_once_and_was_restarted_is_no_incident() -> None:
    signs = Signs().beats(*WATCHED, until=10)
    signs.beats("ingest", since=15, until=60, failing_tasks={"poll loc1": at(12)})
    signs.beats("provisioner", since=15, until=100).beats("ingest", since=65, until=100)
    assert signs.wrong(60) == set()
    assert signs.wrong(101) == set()
