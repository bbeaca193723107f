"""Tasks: which changes count, and when their outcome is decided."""

from typing import Any

import pytest
from slipway.contracts import subscriptions, vps

from tests.support.builders.customer_story import Story, refused_deletion
from tests.support.dsl.projecting import Folded


def test_a_purchase_that_goes_well_is_one_create_that_succeeded() -> None:
    folded = Folded().batch(Story().bought().records)
    assert folded.outcomes() == [("create", "succeeded")]
    assert folded.counts().of("tasks.automatic.create") == 1
    assert folded.counts().of("provisioning.ms") == 60_000


def test_an_entitlement_alone_opens_a_task_so_a_dead_provisioner_is_noticed() -> None:
    story = Story()
    story.entitled("running", 0)
    folded = Folded().batch(story.records)
    assert folded.outcomes() == [("create", "open")]
    folded.later(story.time(3700))
    assert folded.outcomes() == [("create", "failed")]
    assert folded.counts().under("tasks.causes") == {"overdue": 1}


def test_a_task_fails_an_hour_after_its_due_time_and_a_late_proof_changes_nothing() -> None:
    folded = Folded().batch(Story().bought(ready_after=3601).records)
    (task,) = folded.tasks()
    assert (task["state"], task["cause"]) == ("failed", "overdue")
    assert folded.counts().of("provisioning.n") == 1


def test_a_proof_from_before_the_deadline_corrects_the_counts_when_it_arrives_late() -> None:
    story = Story().bought()
    *before, ready = story.records
    folded = Folded().batch(before).later(story.time(4000))
    assert folded.counts().of("tasks.failed.create") == 1
    folded.batch([ready])
    assert folded.outcomes() == [("create", "succeeded")]
    assert folded.counts().of("tasks.failed.create") == 0
    assert folded.counts().of("tasks.automatic.create") == 1


def test_a_parked_task_has_failed_even_if_an_operator_repairs_it_later() -> None:
    story = Story()
    story.entitled("running", 0)
    story.wanted("running", 1)
    story.started("create", 2)
    story.parked("create", 30)
    by = {"operation_id": "op1", "command_id": "k1", "actor": "user:a@b", "reason": "raised"}
    story.on_vps(vps.OperationRetried, 60, **by)
    story.ready(90)
    folded = Folded().batch(story.records)
    assert folded.outcomes() == [("create", "failed")]
    assert folded.counts().under("tasks.causes") == {"quota": 1}
    assert folded.counts().of("interventions.retry") == 1


def test_a_creation_that_is_cancelled_is_superseded_and_counted_separately() -> None:
    story = Story()
    story.entitled("running", 0)
    story.wanted("running", 1)
    story.started("create", 2)
    story.entitled("absent", 10)
    story.wanted("absent", 11, source=2)
    story.on_vps(vps.OperationSuperseded, 12, operation_id="op1", kind="create")
    story.started("delete", 13, "op4")
    story.deleted(20)
    folded = Folded().batch(story.records)
    assert folded.outcomes() == [("create", "superseded"), ("delete", "succeeded")]
    assert folded.counts().total("tasks.decided") == 1
    assert folded.counts().of("tasks.superseded.create") == 1


def test_a_purchase_cancelled_before_its_start_counts_only_as_superseded() -> None:
    story = Story()
    story.entitled("running", 0)
    story.wanted("running", 1)
    story.entitled("absent", 10)
    story.wanted("absent", 11, source=2)
    story.deleted(12, provider_id=None)
    folded = Folded().batch(story.records)
    assert folded.outcomes() == [("create", "superseded"), ("delete", "not_needed")]


def test_late_payment_is_a_suspend_and_a_resume() -> None:
    story = Story().bought()
    story.entitled("suspended", 100)
    story.wanted("suspended", 101, source=2)
    story.started("suspend", 102, "op2")
    story.suspended(110)
    story.entitled("running", 200)
    story.wanted("running", 201, source=3)
    story.started("resume", 202, "op3")
    story.resumed(210)
    folded = Folded().batch(story.records)
    assert folded.outcomes() == [
        ("create", "succeeded"),
        ("suspend", "succeeded"),
        ("resume", "succeeded"),
    ]


def test_a_payment_within_the_grace_period_supersedes_the_suspend_and_needs_no_resume() -> None:
    story = Story().bought()
    story.entitled("suspended", 100, suspend_at=story.time(900))
    story.wanted("suspended", 101, source=2, suspend_at=story.time(900))
    story.entitled("running", 200)
    story.wanted("running", 201, source=3)
    folded = Folded().batch(story.records).later(story.time(9000))
    assert folded.outcomes() == [
        ("create", "succeeded"),
        ("suspend", "superseded"),
        ("resume", "not_needed"),
    ]


def test_a_deletion_is_due_at_the_end_of_the_hold_and_access_off_is_measured_separately() -> None:
    story = Story().bought()
    hold = {"delete_at": story.time(7300)}
    story.entitled("absent", 100, **hold)
    story.wanted("absent", 101, source=2, desired_since=story.time(100), **hold)
    story.started("suspend", 102, "op2")
    story.suspended(130)
    story.started("delete", 7300, "op4")
    story.deleted(7320)
    folded = Folded().batch(story.records)
    assert folded.outcomes() == [("create", "succeeded"), ("delete", "succeeded")]
    assert folded.counts().of("deprovisioning.ms") == 20_000
    assert folded.counts().of("access_off.ms") == 30_000


def test_access_is_already_off_when_a_suspended_subscription_is_cancelled() -> None:
    story = Story().bought()
    story.entitled("suspended", 100)
    story.wanted("suspended", 101, source=2)
    story.started("suspend", 102, "op2")
    story.suspended(110)
    hold = {"delete_at": story.time(7300)}
    story.entitled("absent", 200, **hold)
    story.wanted("absent", 200, source=3, desired_since=story.time(200), **hold)
    story.started("delete", 7300, "op4")
    story.deleted(7320)
    counts = Folded().batch(story.records).counts()
    assert (counts.of("access_off.n"), counts.of("access_off.ms")) == (1, 0)


def test_h30_a_paid_but_unmapped_plan_is_one_failed_task_however_often_it_is_reported() -> None:
    story = Story()
    unmapped = {"cls": subscriptions.PlanUnmapped, "plan": None}
    story.entitled("unchanged", 0, **unmapped)
    story.entitled("unchanged", 5, **unmapped)
    folded = Folded().batch(story.records)
    assert folded.outcomes() == [("create", "failed")]
    assert folded.counts().under("tasks.causes") == {"plan-unmapped": 1}


def test_a_task_of_an_observed_location_does_not_count_until_it_acts() -> None:
    story = Story()
    story.entitled("running", 0)
    story.wanted("running", 1)
    story.on_vps(vps.OperationWithheld, 2, kind="create", reason="observe")
    folded = Folded().batch(story.records).later(story.time(90_000))
    assert folded.outcomes() == [("create", "withheld")]
    assert folded.counts().total("tasks.decided") == 0
    acts = [story.started("create", 100_000), story.ready(100_040)]
    folded.batch(acts)
    assert folded.outcomes() == [("create", "succeeded")]
    assert folded.counts().of("provisioning.ms") == 40_000


@pytest.mark.parametrize("why", ["brake", "account-paused", "creations-paused"])
def test_a_task_that_the_brake_or_a_pause_withholds_does_count(why: str) -> None:
    story = Story()
    story.entitled("running", 0)
    story.wanted("running", 1)
    story.on_vps(vps.OperationWithheld, 2, kind="create", reason=why)
    folded = Folded().batch(story.records).later(story.time(3700))
    assert folded.outcomes() == [("create", "failed")]


@pytest.mark.parametrize(
    ("event", "fields", "kind"),
    [
        pytest.param(vps.VpsDrifted, {"drift": "missing"}, "delete", id="deleted at the provider"),
        pytest.param(
            vps.VpsDrifted, {"drift": "duplicate"}, "create", id="created at the provider"
        ),
        pytest.param(
            vps.DeletionRequested,
            {"command_id": "k", "actor": "user:a", "reason": "r", "overridden": False},
            "delete",
            id="deleted in the portal",
        ),
        pytest.param(
            vps.ServerAdopted,
            {"command_id": "k", "actor": "user:a", "reason": "r", "provider_id": "9"},
            "create",
            id="adopted",
        ),
    ],
)
def test_a_manual_change_is_an_intervention(event: Any, fields: Any, kind: str) -> None:
    story = Story().bought()
    story.on_vps(event, 500, **fields)
    story.on_vps(event, 501, **fields)
    folded = Folded().batch(story.records)
    assert folded.counts().under("interventions") == {kind: 1}
    assert folded.counts("day").under("interventions") == {kind: 1}


def _tripped(kind: str) -> Story:
    story = Story()
    story.entitled("running", 0)
    story.wanted("running", 1)
    story.started("create", 2)
    fault = {"kind": kind, "code": "503", "message": "Try later"}
    fields: dict[str, Any] = {"operation_id": "op1", "attempt": 1, "step": "create", "fault": fault}
    story.on_vps(vps.AttemptFailed, 3, **fields)
    return story


def test_a_fault_that_recovered_automatically_counts_as_healed() -> None:
    story = _tripped("transient")
    story.ready(20)
    counts = Folded().batch(story.records).counts()
    assert (counts.of("tasks.faulty"), counts.of("tasks.healed")) == (1, 1)


def test_a_temporary_fault_that_needed_an_operator_does_not_count_as_healed() -> None:
    story = _tripped("transient")
    story.parked("create", 20, "transient")
    counts = Folded().batch(story.records).counts()
    assert (counts.of("tasks.faulty"), counts.of("tasks.healed")) == (1, 0)


@pytest.mark.parametrize("kind", ["quota", "auth", "config", "rejected"])
def test_a_fault_that_needs_an_operator_is_not_temporary(kind: str) -> None:
    story = _tripped(kind)
    story.parked("create", 4, kind)
    counts = Folded().batch(story.records).counts()
    assert (counts.of("tasks.decided.create"), counts.of("tasks.faulty")) == (1, 0)


def test_a_deletion_that_ghl_refused_counts_in_no_kpi() -> None:
    story = refused_deletion()
    folded = Folded().batch(story.records).later(story.time(90_000))
    counts = folded.counts()
    assert counts.under("tasks.failed") == {}
    assert counts.under("tasks.decided") == {"create": 1}
    assert counts.under("interventions") == {}
    folded.batch(story.records)
    assert folded.counts().under("interventions") == {}


def test_a_deletion_by_name_after_the_refusal_is_an_intervention_and_a_task() -> None:
    story = refused_deletion()
    by = {"command_id": "k2", "actor": "user:ada@example.com", "reason": "because"}
    story.on_vps(vps.DeletionRequested, 200, **by, overridden=True)
    story.started("delete", 201, "op10")
    story.deleted(210, by_admin=True)
    counts = Folded().batch(story.records).later(story.time(90_000)).counts()
    assert counts.under("interventions") == {"delete": 1}
    assert counts.under("tasks.decided") == {"create": 1, "delete": 1}
    assert counts.under("tasks.failed") == {}
