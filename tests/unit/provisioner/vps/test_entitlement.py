"""What an entitlement changes, and what it does not."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from slipway.contracts import commands
from slipway.contracts.subscriptions import Verdict
from slipway.contracts.vps import Desired, DesiredStateChanged, VpsDeleted, VpsRequested
from slipway.provisioner.vps.entitlement import PlanNotInSpecs

from tests.support.dsl.vps_history import NOON, SPEC, VpsHistory


def test_the_first_entitlement_freezes_the_spec() -> None:
    history = VpsHistory().pays()
    assert history.event_names == ("VpsRequested", "DesiredStateChanged")
    requested = history.latest[0]
    assert isinstance(requested, VpsRequested)
    assert requested.spec == SPEC
    history.ready().pays(plan="large", spec=SPEC.model_copy(update={"size": "cx52"}))
    assert history.state.spec == SPEC


def test_an_unknown_plan_raises_an_error_with_the_correction() -> None:
    with pytest.raises(PlanNotInSpecs, match="has no plan 'small': add it, restart, redrive"):
        VpsHistory().pays(spec=None)


@pytest.mark.parametrize(
    ("build", "verdict", "more"),
    [
        (lambda history: history, Verdict.ABSENT, {}),
        (lambda history: history, Verdict.SUSPENDED, {}),
        (lambda history: history, Verdict.RUNNING, {"included": False}),
        (VpsHistory.ready, Verdict.UNCHANGED, {}),
        (VpsHistory.ready, Verdict.REFERRED, {}),
        (VpsHistory.ready, Verdict.RUNNING, {"quantity": None}),
    ],
    ids=[
        "ended before it began",
        "overdue before it began",
        "beyond the quantity",
        "not understood",
        "refunded: an operator decides",
        "a quantity that is no number (H16)",
    ],
)
def test_an_entitlement_that_changes_nothing(
    build: Callable[[VpsHistory], VpsHistory], verdict: Verdict, more: dict[str, Any]
) -> None:
    assert build(VpsHistory()).entitled(verdict, **more).event_names == ()


@pytest.mark.parametrize(
    ("epoch", "version", "said"),
    [
        (0, 4, ()),
        (0, 5, ()),
        (0, 6, ("DesiredStateChanged",)),
        (1, 1, ("DesiredStateChanged",)),
    ],
    ids=["older", "the same version again", "newer", "newer: a restored backup has a higher epoch"],
)
def test_only_a_newer_entitlement_counts(epoch: int, version: int, said: tuple[str, ...]) -> None:
    history = VpsHistory().ready()
    assert history.pays(version=5).cancels(epoch=epoch, version=version).event_names == said


def test_an_equal_newer_entitlement_is_recorded_so_that_an_older_one_cannot_win() -> None:
    history = VpsHistory().pays(version=2).pays(version=4)
    assert history.event_names == ("EntitlementConfirmed",)
    assert history.cancels(version=3).event_names == ()


@pytest.mark.parametrize(
    "changed",
    [
        {"plan": "large"},
        {"delete_at": NOON + timedelta(days=3)},
        {"suspend_at": NOON + timedelta(days=3)},
    ],
    ids=["plan", "hold", "grace"],
)
def test_another_plan_or_time_changes_the_desired_state(changed: dict[str, Any]) -> None:
    history = VpsHistory().ready().cancels()
    assert history.cancels().event_names == ("EntitlementConfirmed",)
    assert history.cancels(**changed).event_names[0] == "DesiredStateChanged"


def test_a_vps_cancelled_before_any_call_is_deleted_at_once() -> None:
    history = VpsHistory().pays().cancels()
    assert history.event_names == ("DesiredStateChanged", "VpsDeleted")
    gone = history.latest[1]
    assert isinstance(gone, VpsDeleted)
    assert gone.provider_id is None


def test_a_cancellation_while_a_create_waits_drops_it_and_proves_the_absence() -> None:
    history = VpsHistory().creating().attempt_fails().cancels()
    assert history.event_names == ("DesiredStateChanged", "OperationSuperseded", "VpsDeleted")


def test_a_cancellation_during_a_create_call_only_changes_the_desired_state() -> None:
    history = VpsHistory().creating().cancels()
    assert history.event_names == ("DesiredStateChanged",)
    assert history.phase == "Calling"


def test_a_payment_while_the_confirmation_is_requested_drops_the_deletion() -> None:
    history = VpsHistory().confirmation_requested().pays()
    assert history.event_names == ("DesiredStateChanged", "OperationSuperseded")
    assert history.state.operation is None


def test_a_parked_vps_records_later_entitlements_as_desired_state() -> None:
    history = VpsHistory().parked().pays(plan="large")
    assert history.event_names == ("DesiredStateChanged",)
    assert history.phase == "Parked"


def test_an_ignored_vps_is_never_reported_deleted() -> None:
    history = VpsHistory().pays().admin_sends(commands.IgnoreVps).cancels()
    assert history.event_names == ("DesiredStateChanged",)


def test_a_smaller_quantity_drops_a_vps_that_was_never_created() -> None:
    history = VpsHistory().pays(quantity=2).pays(quantity=1, included=False)
    assert history.event_names == ("DesiredStateChanged", "VpsDeleted")


@pytest.mark.parametrize(
    "build",
    [
        VpsHistory.ready,
        VpsHistory.creating,
        lambda history: history.creating().outcome_unknown(),
    ],
    ids=["in use", "being created", "perhaps created"],
)
def test_a_smaller_quantity_leaves_the_choice_to_an_operator(
    build: Callable[[VpsHistory], VpsHistory],
) -> None:
    history = build(VpsHistory()).pays(quantity=1, included=False)
    assert history.event_names == ("QuantityDecreaseReferred", "EntitlementConfirmed")
    wanted = history.state.desired_state
    assert wanted is not None
    assert wanted.desired is Desired.RUNNING
    assert history.pays(quantity=1, included=False).event_names == ("EntitlementConfirmed",)


def test_a_quantity_that_grows_again_withdraws_the_question() -> None:
    history = VpsHistory().ready().pays(quantity=1, included=False).pays(quantity=2)
    assert history.event_names == ("DesiredStateChanged",)
    assert history.state.referred_quantity is None


def test_the_desired_state_begins_at_ghls_own_time() -> None:
    began, changed = NOON - timedelta(days=9), NOON - timedelta(minutes=4)
    first = VpsHistory().pays(started_at=began, changed_at=changed)
    wanted = first.latest[1]
    assert isinstance(wanted, DesiredStateChanged)
    assert wanted.desired_since == began
    first.payment_fails(started_at=began, changed_at=changed)
    assert first.state.desired_state is not None
    assert first.state.desired_state.since == changed
