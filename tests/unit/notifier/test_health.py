"""The health evaluator: missing heartbeats, delays, refusals and a portal that is down."""

from datetime import datetime, timedelta

import pytest
from slipway.contracts.heartbeats import Heartbeat
from slipway.contracts.incidents import IncidentCause, ProbeAnswered
from slipway.notifier.incidents.rules.result import Recovery, RuleResult, Symptom
from slipway.notifier.monitoring.health import HealthEvaluator

from tests.support.builders.expectation_commands import START

SERVICES = ("ingest", "provisioner")


def at(seconds: float) -> datetime:
    return START + timedelta(seconds=seconds)


def heartbeat(service: str, seconds: float, instance: str = "1", **more: object) -> Heartbeat:
    fields: dict[str, object] = {"at": at(seconds), "started_at": START}
    return Heartbeat(service=service, instance=instance, **(fields | more))


class Evaluator:
    """An evaluator for two services that send a heartbeat every five seconds."""

    def __init__(self, own: tuple[str, str] | None = None) -> None:
        self.health = HealthEvaluator(SERVICES, START, own=own)

    def heartbeats(
        self, *services: str, until: float, since: float = 0, **more: object
    ) -> "Evaluator":
        for second in range(int(since), int(until) + 1, 5):
            for service in services:
                self.health.record_heartbeat(heartbeat(service, second, **more), at(second))  # type: ignore[arg-type]
        return self

    def probes(self, slots: str) -> "Evaluator":
        """Record one probe for each slot: `u` is up, `d` is down."""
        for number, slot in enumerate(slots):
            up = slot == "u"
            problem = None if up else "It answered 500."
            self.health.record_probe(
                ProbeAnswered(slot=at(30 * number), slot_seconds=30, up=up, problem=problem)
            )
        return self

    def unhealthy(self, seconds: float) -> set[tuple[IncidentCause, str]]:
        return {(one.cause, one.subject) for one in self.symptoms(seconds)}

    def symptoms(self, seconds: float) -> list[Symptom]:
        return [one for one in self.found(seconds) if isinstance(one, Symptom)]

    def healthy(self, seconds: float) -> set[tuple[IncidentCause | None, str | None]]:
        found = self.found(seconds)
        return {(one.cause, one.subject) for one in found if isinstance(one, Recovery)}

    def found(self, seconds: float) -> list[RuleResult]:
        return self.health.evaluate(at(seconds))


def test_services_that_send_heartbeats_are_healthy() -> None:
    evaluator = Evaluator().heartbeats(*SERVICES, until=60)
    assert evaluator.unhealthy(64) == set()
    assert {
        (IncidentCause.HEARTBEAT_MISSING, "ingest"),
        (IncidentCause.SERVICE_UNHEALTHY, "provisioner"),
    } <= evaluator.healthy(64)


def test_a_service_without_heartbeats_is_reported_and_so_is_its_return() -> None:
    evaluator = Evaluator().heartbeats(*SERVICES, until=10).heartbeats("ingest", since=15, until=60)
    assert evaluator.unhealthy(30) == set()
    assert evaluator.unhealthy(31) == {(IncidentCause.HEARTBEAT_MISSING, "provisioner")}
    [missed] = evaluator.symptoms(60)
    assert missed.since == at(10)
    assert missed.explanation == (
        "Provisioner (the service that creates and deletes servers) sends no heartbeat. When "
        "this was noticed, the last one was 50 seconds old."
    )
    evaluator.heartbeats("provisioner", since=65, until=65)
    assert (IncidentCause.HEARTBEAT_MISSING, "provisioner") in evaluator.healthy(66)


def test_after_a_start_a_service_without_heartbeat_is_not_judged_at_once() -> None:
    # A recovery would resolve the incident of an earlier process and reopen it soon after.
    assert Evaluator().found(19) == []
    assert Evaluator().unhealthy(21) == {
        (IncidentCause.HEARTBEAT_MISSING, "ingest"),
        (IncidentCause.HEARTBEAT_MISSING, "provisioner"),
    }


def test_one_of_two_instances_is_enough() -> None:
    evaluator = (
        Evaluator()
        .heartbeats(*SERVICES, until=10)
        .heartbeats(*SERVICES, since=15, until=60, instance="2")
    )
    assert evaluator.unhealthy(60) == set()


@pytest.mark.parametrize(
    "sample",
    [{"oldest_unpublished_seconds": 31.0}, {"oldest_due_seconds": 61.0}],
    ids=["nothing is published", "due work is late"],
)
def test_one_instance_that_is_behind_makes_the_service_unhealthy(
    sample: dict[str, object],
) -> None:
    evaluator = Evaluator().heartbeats(*SERVICES, until=10)
    evaluator.heartbeats("ingest", since=10, until=10, **sample)
    evaluator.heartbeats("ingest", since=10, until=10, instance="2")
    assert evaluator.unhealthy(11) == {(IncidentCause.SERVICE_UNHEALTHY, "ingest")}
    evaluator.heartbeats("ingest", since=15, until=15)
    assert (IncidentCause.SERVICE_UNHEALTHY, "ingest") in evaluator.healthy(16)


def test_records_that_always_wait_are_unhealthy_and_a_burst_is_not() -> None:
    evaluator = (
        Evaluator()
        .heartbeats(*SERVICES, until=60, lag=7)
        .heartbeats(*SERVICES, since=65, until=65, lag=0)
    )
    assert evaluator.unhealthy(66) == set()
    evaluator.heartbeats(*SERVICES, since=70, until=190, lag=1)
    assert evaluator.unhealthy(190) == set()
    evaluator.heartbeats(*SERVICES, since=195, until=195, lag=1)
    assert evaluator.unhealthy(195) == {
        (IncidentCause.SERVICE_UNHEALTHY, "ingest"),
        (IncidentCause.SERVICE_UNHEALTHY, "provisioner"),
    }


class TestWithoutItsOwnHeartbeat:
    """Our own heartbeat takes the same way: if it is missing, we receive nothing."""

    OWN = ("notifier", "notifier-1")

    def receiving(self, until: float) -> Evaluator:
        evaluator = Evaluator(own=self.OWN).heartbeats(*SERVICES, until=until)
        return evaluator.heartbeats("notifier", until=until, instance="notifier-1")

    def test_a_notifier_that_receives_its_own_heartbeat_judges_the_others(self) -> None:
        evaluator = self.receiving(10).heartbeats(
            "notifier", since=15, until=60, instance="notifier-1"
        )
        assert evaluator.unhealthy(60) == {
            (IncidentCause.HEARTBEAT_MISSING, "ingest"),
            (IncidentCause.HEARTBEAT_MISSING, "provisioner"),
        }

    def test_a_notifier_that_receives_nothing_judges_no_service(self) -> None:
        evaluator = self.receiving(10)
        assert evaluator.health.receives_nothing(at(21))
        assert all(
            cause not in {IncidentCause.HEARTBEAT_MISSING, IncidentCause.SERVICE_UNHEALTHY}
            for cause, _ in evaluator.unhealthy(600)
        )
        assert all(
            cause not in {IncidentCause.HEARTBEAT_MISSING, IncidentCause.SERVICE_UNHEALTHY}
            for cause, _ in evaluator.healthy(600)
        )

    def test_after_an_outage_every_service_has_the_full_limit_again(self) -> None:
        evaluator = self.receiving(10).heartbeats(
            "notifier", since=600, until=600, instance="notifier-1"
        )
        assert not evaluator.health.receives_nothing(at(600))
        assert evaluator.unhealthy(609) == set()
        evaluator.heartbeats("notifier", since=605, until=620, instance="notifier-1")
        assert evaluator.unhealthy(621) == {
            (IncidentCause.HEARTBEAT_MISSING, "ingest"),
            (IncidentCause.HEARTBEAT_MISSING, "provisioner"),
        }

    def test_it_is_stuck_without_heartbeat_relay_or_progress(self) -> None:
        evaluator = self.receiving(10).health
        assert not evaluator.is_stuck(at(11), unpublished_seconds=0.2, progress=True)
        assert evaluator.is_stuck(at(21), unpublished_seconds=0.2, progress=True)
        assert evaluator.is_stuck(at(11), unpublished_seconds=31, progress=True)
        assert evaluator.is_stuck(at(11), unpublished_seconds=0.2, progress=False)

    def test_it_receives_nothing_if_no_heartbeat_follows_its_start(self) -> None:
        assert not Evaluator(own=self.OWN).health.receives_nothing(at(10))
        assert Evaluator(own=self.OWN).health.receives_nothing(at(11))


class TestRefusals:
    def counted(self, *totals: int, counter: str = "refused_signature") -> Evaluator:
        """Send running totals, one for each heartbeat from second 100 on."""
        evaluator = Evaluator().heartbeats("provisioner", until=100)
        for second, total in zip(range(100, 200, 5), totals, strict=False):
            evaluator.heartbeats("ingest", since=second, until=second, counters={counter: total})
        return evaluator

    def test_many_refusals_are_a_symptom_and_a_few_are_not(self) -> None:
        assert self.counted(100, 120).unhealthy(106) == set()
        [burst] = self.counted(100, 121).symptoms(106)
        assert (burst.cause, burst.subject, burst.since) == (
            IncidentCause.SIGNATURES_REFUSED,
            "edge",
            at(105),
        )

    def test_a_minute_without_a_refusal_is_a_recovery(self) -> None:
        evaluator = self.counted(100, 150, 151)
        evaluator.heartbeats("ingest", since=115, until=240, counters={"refused_signature": 151})
        assert (IncidentCause.SIGNATURES_REFUSED, "edge") in evaluator.unhealthy(120)
        assert (IncidentCause.SIGNATURES_REFUSED, "edge") not in evaluator.healthy(168)
        assert (IncidentCause.SIGNATURES_REFUSED, "edge") in evaluator.healthy(171)

    def test_one_body_that_is_too_large_is_a_symptom(self) -> None:
        assert self.counted(3, 4, counter="too_large").unhealthy(106) == {
            (IncidentCause.WEBHOOK_TOO_LARGE, "edge")
        }

    def test_refusals_before_our_start_do_not_count(self) -> None:
        assert self.counted(5000).unhealthy(101) == set()

    def test_a_restart_of_the_edge_does_not_count_its_totals_again(self) -> None:
        evaluator = self.counted(5000)
        evaluator.health.record_heartbeat(
            heartbeat("ingest", 106, started_at=at(105), counters={}), at(106)
        )
        assert evaluator.unhealthy(107) == set()
        again = {"refused_signature": 21}
        evaluator.health.record_heartbeat(
            heartbeat("ingest", 111, started_at=at(105), counters=again), at(111)
        )
        assert evaluator.unhealthy(112) == {(IncidentCause.SIGNATURES_REFUSED, "edge")}

    def test_a_backlog_of_heartbeats_is_no_burst(self) -> None:
        evaluator = Evaluator()
        for number in range(60):
            counters = {"refused_signature": 10 * number}
            late = heartbeat("ingest", 60 * number - 3600, counters=counters)
            evaluator.health.record_heartbeat(late, at(1))
        assert evaluator.unhealthy(2) == set()


class TestThePortal:
    def test_two_failed_probes_in_a_row_are_a_symptom_since_the_first(self) -> None:
        assert Evaluator().probes("ud").unhealthy(10) == set()
        [down] = Evaluator().probes("uddd").symptoms(10)
        assert (down.cause, down.since, down.explanation) == (
            IncidentCause.PORTAL_DOWN,
            at(30),
            "It answered 500.",
        )

    def test_one_successful_probe_is_a_recovery(self) -> None:
        assert (IncidentCause.PORTAL_DOWN, "portal") in Evaluator().probes("ddu").healthy(10)

    def test_before_the_first_probe_there_is_no_result(self) -> None:
        assert Evaluator().found(10) == []
        assert Evaluator().probes("d").found(10) == []

    def test_a_redelivered_probe_counts_once(self) -> None:
        evaluator = Evaluator().probes("d")
        evaluator.probes("d")
        assert evaluator.unhealthy(10) == set()


def test_a_task_that_keeps_failing_is_a_symptom_that_names_it() -> None:
    failing = {"poll loc1": at(10)}
    evaluator = Evaluator().heartbeats("provisioner", until=120)
    evaluator.heartbeats("ingest", since=15, until=120, failing_tasks=failing)
    [symptom] = evaluator.symptoms(121)
    assert (symptom.cause, symptom.subject) == (IncidentCause.SERVICE_UNHEALTHY, "ingest")
    assert symptom.since == at(10)
    assert "poll loc1" in str(symptom)


def test_a_task_that_failed_once_and_was_restarted_is_no_symptom() -> None:
    evaluator = Evaluator().heartbeats(*SERVICES, until=10)
    evaluator.heartbeats("ingest", since=15, until=60, failing_tasks={"poll loc1": at(12)})
    evaluator.heartbeats("provisioner", since=15, until=100).heartbeats(
        "ingest", since=65, until=100
    )
    assert evaluator.unhealthy(60) == set()
    assert evaluator.unhealthy(101) == set()
