"""What counts as a task, and when it is decided."""

from typing import Any

import pytest
from slipway.contracts import subscriptions, vps

from tests.support.builders.customer_story import Story
from tests.support.dsl.projecting import Folded


def test_a_purchase_that_goes_well_is_one_create_that_succeeded() -> None:
    folded = Folded().batch(Story().bought().records)
    assert folded.outcomes() == [("create", "succeeded")]
    assert folded.counts().of("tasks.automatic.create") == 1
    assert folded.counts().of("provisioning.ms") == 60_000


def test_an_entitlement_alone_opens_a_task_so_a_dead_provisioner_is_seen() -> None:
    story = Story()
    story.entitled("running", 0)
    folded = Folded().batch(story.records)
    assert folded.outcomes() == [("create", "open")]
    folded.later(story.time(3700))
    assert folded.outcomes() == [("create", "failed")]
    assert folded.counts().under("tasks.causes") == {"overdue": 1}


def test_an_hour_after_it_fell_due_a_task_is_decided_and_a_late_proof_changes_nothing() -> None:
    folded = Folded().batch(Story().bought(ready_after=3601).records)
    (task,) = folded.tasks()
    assert (task["state"], task["cause"]) == ("failed", "overdue")
    assert folded.counts().of("provisioning.n") == 1


def test_a_proof_that_arrives_after_the_clock_but_happened_before_restates_the_figure() -> None:
    story = Story().bought()
    *before, ready = story.records
    folded = Folded().batch(before).later(story.time(4000))
    assert folded.counts().of("tasks.failed.create") == 1
    folded.batch([ready])
    assert folded.outcomes() == [("create", "succeeded")]
    assert folded.counts().of("tasks.failed.create") == 0
    assert folded.counts().of("tasks.automatic.create") == 1


def test_a_parked_task_is_failed_and_a_later_repair_by_a_person_does_not_undo_it() -> None:
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


def test_cancelled_while_creating_is_overtaken_and_shown_beside() -> None:
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


def test_cancelled_before_anything_was_started_leaves_nothing_to_count_but_the_overtaken() -> None:
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


def test_paid_within_the_grace_overtakes_the_suspend_and_needs_no_resume() -> None:
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


def test_a_deletion_is_due_at_the_end_of_the_hold_and_access_off_is_measured_apart() -> None:
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


def test_access_was_off_already_when_a_suspended_one_is_cancelled() -> None:
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


def test_h30_an_unmapped_plan_that_pays_is_one_failed_task_however_often_it_is_said() -> None:
    story = Story()
    unmapped = {"cls": subscriptions.PlanUnmapped, "plan": None}
    story.entitled("unchanged", 0, **unmapped)
    story.entitled("unchanged", 5, **unmapped)
    folded = Folded().batch(story.records)
    assert folded.outcomes() == [("create", "failed")]
    assert folded.counts().under("tasks.causes") == {"plan-unmapped": 1}


def test_what_a_location_that_observes_withholds_is_not_counted_until_it_acts() -> None:
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


@pytest.mark.parametrize("why", ["brake", "account-paused"])
def test_what_our_own_brake_or_a_pause_holds_back_does_count(why: str) -> None:
    story = Story()
    story.entitled("running", 0)
    story.wanted("running", 1)
    story.on_vps(vps.OperationWithheld, 2, kind="create", reason=why)
    folded = Folded().batch(story.records).later(story.time(3700))
    assert folded.outcomes() == [("create", "failed")]


@pytest.mark.parametrize(
    ("event", "fields", "kind"),
    [
        pytest.param(vps.VpsDrifted, {"drift": "missing"}, "delete", id="gone behind our back"),
        pytest.param(vps.VpsDrifted, {"drift": "duplicate"}, "create", id="made behind our back"),
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
def test_what_a_person_did_is_an_intervention(event: Any, fields: Any, kind: str) -> None:
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


def test_a_fault_that_healed_alone_is_counted_as_healed() -> None:
    story = _tripped("transient")
    story.ready(20)
    counts = Folded().batch(story.records).counts()
    assert (counts.of("tasks.faulty"), counts.of("tasks.healed")) == (1, 1)


def test_a_passing_fault_that_ends_with_a_person_did_not_heal() -> None:
    story = _tripped("transient")
    story.parked("create", 20, "transient")
    counts = Folded().batch(story.records).counts()
    assert (counts.of("tasks.faulty"), counts.of("tasks.healed")) == (1, 0)


@pytest.mark.parametrize("kind", ["quota", "auth", "config", "rejected"])
def test_what_never_heals_alone_is_no_passing_fault(kind: str) -> None:
    story = _tripped(kind)
    story.parked("create", 4, kind)
    counts = Folded().batch(story.records).counts()
    assert (counts.of("tasks.decided.create"), counts.of("tasks.faulty")) == (1, 0)
