"""What an entitlement changes, and what it does not."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from slipway.contracts import commands
from slipway.contracts.subscriptions import Verdict
from slipway.contracts.vps import Desired, DesiredStateChanged, VpsDeleted, VpsRequested
from slipway.provisioner.vps.entitlement import PlanNotInSpecs

from tests.support.builders.vps_life import NOON, SPEC, Life


def test_the_first_freezes_the_spec() -> None:
    life = Life().pays()
    assert life.said == ("VpsRequested", "DesiredStateChanged")
    requested = life.latest[0]
    assert isinstance(requested, VpsRequested)
    assert requested.spec == SPEC
    life.ready().pays(plan="large", spec=SPEC.model_copy(update={"size": "cx52"}))
    assert life.state.spec == SPEC


def test_a_plan_that_nobody_described_says_what_to_do() -> None:
    with pytest.raises(PlanNotInSpecs, match="has no plan 'small': add it, restart, redrive"):
        Life().pays(spec=None)


@pytest.mark.parametrize(
    ("build", "verdict", "more"),
    [
        (lambda life: life, Verdict.ABSENT, {}),
        (lambda life: life, Verdict.SUSPENDED, {}),
        (lambda life: life, Verdict.RUNNING, {"included": False}),
        (Life.ready, Verdict.UNCHANGED, {}),
        (Life.ready, Verdict.PERSON, {}),
        (Life.ready, Verdict.RUNNING, {"quantity": None}),
    ],
    ids=[
        "ended before it began",
        "overdue before it began",
        "beyond the quantity",
        "not understood",
        "refunded: a person decides",
        "a quantity that is no number (H16)",
    ],
)
def test_what_changes_nothing(
    build: Callable[[Life], Life], verdict: Verdict, more: dict[str, Any]
) -> None:
    assert build(Life()).entitled(verdict, **more).said == ()


@pytest.mark.parametrize(
    ("epoch", "version", "said"),
    [
        (0, 4, ()),
        (0, 5, ()),
        (0, 6, ("DesiredStateChanged",)),
        (1, 1, ("DesiredStateChanged",)),
    ],
    ids=["older", "the same again", "newer", "newer: a restored backup counts anew"],
)
def test_only_what_is_newer_counts(epoch: int, version: int, said: tuple[str, ...]) -> None:
    life = Life().ready()
    assert life.pays(version=5).cancels(epoch=epoch, version=version).said == said


def test_the_same_again_is_noted_so_that_an_older_one_cannot_come_back() -> None:
    life = Life().pays(version=2).pays(version=4)
    assert life.said == ("EntitlementConfirmed",)
    assert life.cancels(version=3).said == ()


@pytest.mark.parametrize(
    "changed",
    [
        {"plan": "large"},
        {"delete_at": NOON + timedelta(days=3)},
        {"suspend_at": NOON + timedelta(days=3)},
    ],
    ids=["plan", "hold", "grace"],
)
def test_another_plan_or_time_is_another_wish(changed: dict[str, Any]) -> None:
    life = Life().ready().cancels()
    assert life.cancels().said == ("EntitlementConfirmed",)
    assert life.cancels(**changed).said[0] == "DesiredStateChanged"


def test_cancelled_before_anything_went_out_is_gone_at_once() -> None:
    life = Life().pays().cancels()
    assert life.said == ("DesiredStateChanged", "VpsDeleted")
    gone = life.latest[1]
    assert isinstance(gone, VpsDeleted)
    assert gone.provider_id is None


def test_cancelled_while_a_create_waits_is_dropped_and_gone() -> None:
    life = Life().creating().fails().cancels()
    assert life.said == ("DesiredStateChanged", "OperationSuperseded", "VpsDeleted")


def test_cancelled_while_a_create_is_on_its_way_only_changes_what_is_wanted() -> None:
    life = Life().creating().cancels()
    assert life.said == ("DesiredStateChanged",)
    assert life.phase == "Calling"


def test_paid_while_the_second_key_is_asked_for_drops_the_deletion() -> None:
    life = Life().cancelled().pays()
    assert life.said == ("DesiredStateChanged", "OperationSuperseded")
    assert life.state.operation is None


def test_parked_keeps_later_entitlements_as_wishes() -> None:
    life = Life().parked().pays(plan="large")
    assert life.said == ("DesiredStateChanged",)
    assert life.phase == "Parked"


def test_an_ignored_one_is_never_said_to_be_gone() -> None:
    life = Life().pays().orders(commands.IgnoreVps).cancels()
    assert life.said == ("DesiredStateChanged",)


def test_a_smaller_quantity_drops_what_was_never_made() -> None:
    life = Life().pays(quantity=2).pays(quantity=1, included=False)
    assert life.said == ("DesiredStateChanged", "VpsDeleted")


@pytest.mark.parametrize(
    "build",
    [
        Life.ready,
        Life.creating,
        lambda life: life.creating().doubts(),
    ],
    ids=["in use", "being made", "perhaps made"],
)
def test_a_smaller_quantity_leaves_the_choice_to_a_person(build: Callable[[Life], Life]) -> None:
    life = build(Life()).pays(quantity=1, included=False)
    assert life.said == ("QuantityDecreaseReferred", "EntitlementConfirmed")
    wanted = life.state.wanted
    assert wanted is not None
    assert wanted.desired is Desired.RUNNING
    assert life.pays(quantity=1, included=False).said == ("EntitlementConfirmed",)


def test_the_quantity_grown_again_takes_the_question_back() -> None:
    life = Life().ready().pays(quantity=1, included=False).pays(quantity=2)
    assert life.said == ("DesiredStateChanged",)
    assert life.state.decrease is None


def test_since_when_is_ghls_own_time() -> None:
    began, changed = NOON - timedelta(days=9), NOON - timedelta(minutes=4)
    first = Life().pays(started_at=began, changed_at=changed)
    wanted = first.latest[1]
    assert isinstance(wanted, DesiredStateChanged)
    assert wanted.desired_since == began
    first.owes(started_at=began, changed_at=changed)
    assert first.state.wanted is not None
    assert first.state.wanted.since == changed
