"""What follows from a decision: superseded operations are dropped, absences are proven once."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from slipway.contracts import commands
from slipway.contracts.vps import Drift, FaultKind, OperationKind, WithheldReason
from slipway.provisioner.vps.drift import NoteDrift
from slipway.provisioner.vps.operation.next_step import NextStep, next_step

from tests.support.dsl.vps_history import NOON, VpsHistory, fault

REJECTED = fault(FaultKind.REJECTED)
TOMORROW = NOON + timedelta(days=1)


def parked_and_missing(history: VpsHistory) -> VpsHistory:
    """The server vanished while it was powered on again."""
    history.suspended().pays().starts_operation().attempt_accepted()
    for _ in range(3):
        history.later(20).observes(None)
    return history


def suspension_that_waits_past_its_hold(history: VpsHistory) -> VpsHistory:
    history.ready().cancels(delete_at=TOMORROW).starts_operation().confirmed().attempt_fails()
    return history.later(timedelta(days=1).total_seconds())


@pytest.mark.parametrize(
    "another",
    [
        VpsHistory.pays,
        lambda history: history.handles(NoteDrift(history.now, Drift.DUPLICATE, "77")),
        lambda history: history.admin_sends(commands.HoldVps),
    ],
    ids=["the same entitlement", "another drift", "a hold"],
)
def test_a_parked_operation_of_a_missing_server_stays_until_the_desired_state_changes(
    another: Callable[[VpsHistory], VpsHistory],
) -> None:
    history = parked_and_missing(VpsHistory())
    assert history.event_names == ("VpsDrifted", "OperationParked")
    another(history)
    assert history.phase == "Parked"
    history.cancels()
    assert history.event_names == ("DesiredStateChanged", "OperationSuperseded")


def test_an_operation_parked_after_the_cancellation_is_dropped_at_once() -> None:
    history = VpsHistory().creating().cancels().attempt_fails(REJECTED)
    assert history.event_names == (
        "AttemptFailed",
        "OperationParked",
        "OperationSuperseded",
        "VpsDeleted",
    )


@pytest.mark.parametrize(
    "again",
    [
        VpsHistory.cancels,
        lambda history: history.admin_sends(commands.HoldVps),
        lambda history: history.admin_sends(commands.AdoptServer, provider_id="88"),
    ],
    ids=["the same entitlement", "a hold", "a refused command"],
)
def test_an_absence_is_proven_once(again: Callable[[VpsHistory], VpsHistory]) -> None:
    history = VpsHistory().pays().cancels()
    assert history.event_names == ("DesiredStateChanged", "VpsDeleted")
    again(history)
    assert "VpsDeleted" not in history.event_names


def test_a_new_cancellation_is_proven_again() -> None:
    history = VpsHistory().pays().cancels().pays().cancels()
    assert history.event_names == ("DesiredStateChanged", "VpsDeleted")


@pytest.mark.parametrize(
    "step",
    [
        VpsHistory.requests_confirmation,
        VpsHistory.starts_attempt,
        lambda history: history.is_withheld(WithheldReason.BRAKE, OperationKind.SUSPEND),
    ],
    ids=["a request", "an attempt", "withholding"],
)
def test_a_suspension_is_dropped_when_its_hold_ends(
    step: Callable[[VpsHistory], VpsHistory],
) -> None:
    history = suspension_that_waits_past_its_hold(VpsHistory())
    assert next_step(history.state, history.now) is NextStep.REQUEST_RELEASE
    assert step(history).event_names == ("OperationSuperseded",)
    assert history.starts_operation().event_names == ("OperationStarted", "ReleaseRequested")


def test_a_command_that_decides_nothing_leads_to_nothing() -> None:
    history = suspension_that_waits_past_its_hold(VpsHistory())
    assert history.cancels(delete_at=TOMORROW, version=1).event_names == ()
