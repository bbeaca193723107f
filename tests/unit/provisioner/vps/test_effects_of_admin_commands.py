"""The effects of admin commands, and of pages that were too old (H21)."""

from collections.abc import Callable

import pytest
from slipway.contracts import commands, vps
from slipway.contracts.commands import CommandRefused
from slipway.contracts.subscriptions import CheckAnswer
from slipway.contracts.vps import FaultKind
from slipway.eventstore.answered_commands import REMEMBERED
from slipway.provisioner.vps.operation.state import Waiting
from slipway.provisioner.vps.state import Power

from tests.support.dsl.vps_history import VpsHistory, fault

Build = Callable[[VpsHistory], VpsHistory]


def why(history: VpsHistory) -> str:
    (refused,) = history.latest
    assert isinstance(refused, CommandRefused)
    return refused.reason


def test_a_page_older_than_the_entitlement_is_refused() -> None:
    history = VpsHistory().ready()
    seen = len(history.events)
    history.cancels().pays().admin_sends(commands.DeleteVps, seen_version=seen)
    assert "changed since your page" in why(history)


def test_a_page_older_than_another_event_is_accepted() -> None:
    history = VpsHistory().creating()
    seen = len(history.events)
    history.attempt_fails(fault(FaultKind.REJECTED))
    assert history.admin_sends(commands.RetryOperation, seen_version=seen).event_names == (
        "OperationRetried",
    )


def test_an_answered_command_is_remembered_for_many_others() -> None:
    history = VpsHistory().ready().admin_sends(commands.HoldVps, command_id="mine")
    for number in range(REMEMBERED - 1):
        history.admin_sends(commands.HoldVps if number % 2 else commands.ReleaseHold)
    assert "mine" in history.state.answered
    assert history.admin_sends(commands.HoldVps, command_id="mine").event_names == ()


@pytest.mark.parametrize(
    "build",
    [
        VpsHistory.confirmation_requested,
        lambda history: history.confirmation_requested().later(900).requests_confirmation(),
        lambda history: (
            history.confirmation_requested().confirmation_answered(CheckAnswer.CONFIRMED).later(200)
        ),
        lambda history: history.deleting().attempt_fails(fault(FaultKind.REJECTED)),
    ],
    ids=["asking", "stalled", "the confirmation expired", "parked"],
)
def test_a_delete_by_name_confirms_the_deletion_under_way(build: Build) -> None:
    history = build(VpsHistory())
    history.admin_sends(commands.DeleteVps, override_name=history.name)
    assert history.event_names == ("DeletionRequested", "VpsReleased")
    assert history.starts_attempt().event_names == ("AttemptStarted",)


def test_an_admins_delete_needs_the_same_confirmation() -> None:
    history = VpsHistory().ready().admin_sends(commands.DeleteVps).starts_operation()
    assert history.event_names == ("OperationStarted", "ReleaseRequested")
    assert history.starts_attempt().event_names == ()


def test_a_delete_while_a_create_waits_is_done_at_once() -> None:
    history = VpsHistory().creating().attempt_fails().admin_sends(commands.DeleteVps)
    assert history.event_names == ("DeletionRequested", "OperationSuperseded")
    assert history.state.operation is None


def test_a_retried_operation_has_all_its_attempts_again() -> None:
    history = VpsHistory().parked().admin_sends(commands.RetryOperation)
    operation = history.state.operation
    assert operation is not None
    assert isinstance(operation.phase, Waiting)
    assert (operation.failures, operation.account_failures, operation.region_index) == (0, 0, 0)
    assert history.starts_attempt().event_names == ("AttemptStarted",)


def test_a_held_vps_starts_nothing_until_the_hold_is_lifted() -> None:
    history = VpsHistory().pays().admin_sends(commands.HoldVps)
    assert history.starts_operation().event_names == ()
    assert history.admin_sends(commands.ReleaseHold).starts_operation().event_names == (
        "OperationStarted",
        "AttemptStarted",
    )


def test_an_adopted_server_counts_as_an_admins_work() -> None:
    history = (
        VpsHistory().pays().admin_sends(commands.AdoptServer, provider_id="88").starts_attempt()
    )
    ready = history.attempt_accepted("88").observes(Power.ON, provider_id="88").latest[-1]
    assert isinstance(ready, vps.VpsReady)
    assert (ready.provider_id, ready.by_admin) == ("88", True)


def test_a_failed_adoption_is_dropped_when_the_customer_cancels() -> None:
    history = (
        VpsHistory().pays().admin_sends(commands.AdoptServer, provider_id="88").starts_attempt()
    )
    history.attempt_fails(fault(FaultKind.REJECTED))
    assert history.phase == "Parked"
    assert history.cancels().event_names == (
        "DesiredStateChanged",
        "OperationSuperseded",
        "VpsDeleted",
    )


def test_an_adopted_server_that_does_not_start_is_never_deleted_automatically() -> None:
    history = (
        VpsHistory()
        .pays()
        .admin_sends(commands.AdoptServer, provider_id="88")
        .starts_attempt()
        .attempt_accepted("88")
    )
    history.observes(Power.OFF).later(2).starts_attempt().attempt_accepted("88").observes(Power.OFF)
    assert history.event_names == ("OperationParked",)
