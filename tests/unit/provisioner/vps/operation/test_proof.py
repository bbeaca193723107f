"""What an observation proves: nothing is ready, off or gone before a poll shows it."""

from collections.abc import Callable

import pytest
from slipway.contracts import vps
from slipway.contracts.vps import FaultKind, OperationKind
from slipway.provisioner.vps.operation.observation import PATIENCE
from slipway.provisioner.vps.operation.proof import MAX_DISCARDED
from slipway.provisioner.vps.state import ActionStatus, Power

from tests.support.dsl.vps_history import VpsHistory, fault

PATIENT = PATIENCE[OperationKind.CREATE].total_seconds()
NOT_SEEN = fault(FaultKind.OUTCOME_UNKNOWN, code="not_seen", sent=False)


def test_a_server_that_is_on_and_ours_is_ready() -> None:
    history = VpsHistory().create_accepted().observes(Power.ON)
    (ready,) = history.latest
    assert isinstance(ready, vps.VpsReady)
    assert (ready.provider_id, ready.ipv4, ready.generation) == ("77", "100.64.0.1", 1)
    assert history.state.operation is None


@pytest.mark.parametrize("outcome", [ActionStatus.RUNNING, ActionStatus.DONE])
def test_a_booting_server_is_waited_for(outcome: ActionStatus) -> None:
    assert VpsHistory().create_accepted().observes(Power.UNKNOWN, outcome=outcome).event_names == ()


def test_a_server_that_failed_to_start_is_powered_on_once_more() -> None:
    history = VpsHistory().create_accepted().observes(Power.OFF, outcome=ActionStatus.FAILED)
    assert history.event_names == ("AttemptFailed",)
    assert history.later(2).starts_attempt().latest[-1].model_dump()["step"] == "power_on"


def test_a_server_is_powered_on_once_more_also_after_earlier_failures() -> None:
    history = (
        VpsHistory()
        .creating()
        .attempt_fails()
        .later(2)
        .starts_attempt()
        .attempt_accepted()
        .observes(Power.OFF)
    )
    assert history.event_names == ("AttemptFailed",)


def test_a_power_on_whose_answer_was_lost_is_repeated() -> None:
    history = (
        VpsHistory()
        .create_accepted()
        .observes(Power.OFF)
        .later(2)
        .starts_attempt()
        .outcome_unknown()
    )
    assert history.later(1).observes(Power.OFF).event_names == ("AttemptFailed",)


def off_again(history: VpsHistory) -> VpsHistory:
    history.create_accepted().observes(Power.OFF).later(2).starts_attempt().attempt_accepted()
    return history.observes(Power.OFF)


def discarded(history: VpsHistory) -> VpsHistory:
    """The broken server is deleted and proven gone."""
    return history.starts_attempt().attempt_accepted().observes(None)


def test_a_new_server_that_stays_off_is_replaced() -> None:
    history = off_again(VpsHistory())
    assert history.event_names == ("ServerFailed",)
    assert history.starts_attempt().latest[-1].model_dump()["step"] == "delete"
    assert history.attempt_accepted().observes(None).event_names == ("ServerDiscarded",)
    history.starts_operation()
    assert history.state.generation == 2


def test_a_server_that_never_boots_is_given_up_after_half_an_hour() -> None:
    history = VpsHistory().create_accepted().later(PATIENT + 1).observes(Power.UNKNOWN)
    assert history.event_names == ("ServerFailed",)


def test_after_two_broken_servers_the_operation_is_parked() -> None:
    history = VpsHistory()
    for _ in range(MAX_DISCARDED):
        discarded(off_again(history))
    assert off_again(history).event_names == ("OperationParked",)


def test_a_cancellation_while_a_broken_server_is_deleted_ends_in_absence() -> None:
    history = off_again(VpsHistory()).starts_attempt().attempt_accepted().cancels()
    assert history.observes(None).event_names == ("ServerDiscarded", "VpsDeleted")


def test_a_create_of_unknown_outcome_takes_over_the_server_it_finds() -> None:
    history = VpsHistory().creating().outcome_unknown().later(1).observes(Power.UNKNOWN)
    assert history.event_names == ("ServerLookedUp",)
    assert history.state.server is not None
    assert history.phase == "Watching"
    running = VpsHistory().creating().outcome_unknown().later(1).observes(Power.ON)
    assert running.event_names == ("ServerLookedUp", "VpsReady")


def test_an_absence_takes_three_lookups_and_the_settle_window() -> None:
    history = VpsHistory().creating().outcome_unknown()
    assert history.later(1).observes(None).event_names == ("ServerLookedUp",)
    assert history.later(1).observes(None).event_names == ("ServerLookedUp",)
    assert history.later(1).observes(None).event_names == ("ServerLookedUp",), (
        "three looks, but too soon"
    )
    assert history.later(28).observes(None).event_names == ("AttemptFailed",)
    one = VpsHistory().creating().outcome_unknown().later(100)
    assert one.observes(None).event_names == ("ServerLookedUp",), "late, but one look"


def test_in_an_account_that_is_not_proven_no_absence_is_believed() -> None:
    history = VpsHistory().creating().outcome_unknown()
    for _ in range(5):
        assert history.later(30).observes(None, proven=False).event_names == ()


def test_a_name_taken_by_an_unknown_server_parks_the_operation() -> None:
    history = VpsHistory().creating().attempt_fails(fault(FaultKind.CONFLICT)).not_found_thrice()
    for _ in range(2):
        assert history.event_names == ("AttemptFailed",), "one of ours may have died since"
        history.later(2).starts_attempt().attempt_fails(
            fault(FaultKind.CONFLICT)
        ).not_found_thrice()
    assert history.event_names == ("AttemptFailed", "OperationParked")
    parked = history.latest[-1]
    assert isinstance(parked, vps.OperationParked)
    assert parked.fault.kind is FaultKind.CONFLICT


def test_a_server_that_vanished_after_acceptance_is_created_again_under_the_same_name() -> None:
    history = VpsHistory().create_accepted().not_found_thrice()
    assert history.event_names == ("AttemptFailed",)
    assert history.state.server is None
    assert history.later(5).starts_attempt().state.generation == 1


@pytest.mark.parametrize(
    ("build", "said"),
    [
        (
            lambda history: history.outcome_unknown().cancels(),
            ("OperationSuperseded", "VpsDeleted"),
        ),
        (lambda history: history.outcome_unknown().payment_fails(), ("OperationSuperseded",)),
        (lambda history: switching_on(history).cancels(), ("OperationSuperseded", "VpsDeleted")),
        (lambda history: switching_on(history).payment_fails(), ("OperationSuperseded",)),
    ],
    ids=["cancelled", "overdue", "vanished and cancelled", "vanished and overdue"],
)
def test_a_server_never_created_and_no_longer_wanted_leaves_nothing(
    build: Callable[[VpsHistory], VpsHistory], said: tuple[str, ...]
) -> None:
    history = build(VpsHistory().creating()).not_found_thrice()
    assert history.event_names == ("AttemptFailed", *said)
    assert history.state.server is None
    assert history.state.operation is None


def switching_on(history: VpsHistory) -> VpsHistory:
    """The new server is off, and the outcome of the power-on is unknown."""
    return (
        history.attempt_accepted().observes(Power.OFF).later(2).starts_attempt().outcome_unknown()
    )


def test_foreign_labels_park_the_operation() -> None:
    for history in (
        VpsHistory().create_accepted(),
        VpsHistory().deleting().attempt_accepted(),
        VpsHistory().suspending().attempt_accepted(),
    ):
        assert history.observes(Power.ON, ours=False).event_names == ("OperationParked",)


def test_a_server_that_is_off_is_suspended_and_on_again_is_resumed() -> None:
    history = VpsHistory().suspended()
    assert history.event_names == ("VpsSuspended",)
    assert history.pays().starts_operation().attempt_accepted().observes(Power.ON).event_names == (
        "VpsResumed",
    )
    assert history.state.server is not None
    assert history.state.server.power is Power.ON


@pytest.mark.parametrize(
    ("doubted", "power", "outcome", "said"),
    [
        (False, Power.ON, ActionStatus.RUNNING, ()),
        (False, Power.UNKNOWN, ActionStatus.RUNNING, ()),
        (False, Power.ON, ActionStatus.FAILED, ("AttemptFailed",)),
        (True, Power.ON, ActionStatus.DONE, ("AttemptFailed",)),
        (True, Power.UNKNOWN, ActionStatus.RUNNING, ()),
        (True, Power.OFF, ActionStatus.DONE, ("VpsSuspended",)),
    ],
    ids=[
        "accepted, still on",
        "going off",
        "its action failed",
        "reply lost, still on",
        "reply lost, going off",
        "reply lost, off",
    ],
)
def test_a_power_change_is_repeated_only_if_it_had_no_effect(
    doubted: bool,  # noqa: FBT001 - a table's column
    power: Power,
    outcome: ActionStatus,
    said: tuple[str, ...],
) -> None:
    history = VpsHistory().suspending()
    history = history.outcome_unknown() if doubted else history.attempt_accepted()
    assert history.later(1).observes(power, outcome=outcome).event_names == said


def test_a_vanished_server_parks_the_operation_and_is_recorded_as_missing() -> None:
    history = VpsHistory().suspending().attempt_accepted().not_found_thrice()
    assert history.event_names == ("VpsDrifted", "OperationParked")
    assert history.state.drifts == ("missing",)


def test_an_acknowledged_deletion_is_proven_by_one_404() -> None:
    history = VpsHistory().deleting().attempt_accepted().observes(None)
    (gone,) = history.latest
    assert isinstance(gone, vps.VpsDeleted)
    assert gone.by_admin is False


def test_a_deletion_that_is_still_running_is_waited_for() -> None:
    history = VpsHistory().deleting().attempt_accepted()
    assert history.observes(Power.ON, outcome=ActionStatus.RUNNING).event_names == ()
    assert history.later(3600).observes(Power.UNKNOWN, alive=False).event_names == ()


@pytest.mark.parametrize(
    "see",
    [
        lambda history: history.attempt_accepted().observes(Power.ON, outcome=ActionStatus.FAILED),
        lambda history: (
            history.attempt_accepted().later(601).observes(Power.ON, outcome=ActionStatus.RUNNING)
        ),
        lambda history: history.outcome_unknown().observes(Power.ON),
    ],
    ids=["its action failed", "too long", "reply lost"],
)
def test_a_deletion_without_effect_is_repeated(see: Callable[[VpsHistory], VpsHistory]) -> None:
    assert see(VpsHistory().deleting()).event_names == ("AttemptFailed",)


def test_a_404_before_the_delete_went_out_may_have_come_too_early() -> None:
    history = VpsHistory().deleting().outcome_unknown(NOT_SEEN)
    assert history.later(1).observes(None).event_names == ("ServerLookedUp",)
    assert history.later(1).observes(Power.ON).event_names == ("AttemptFailed",), (
        "the server is there after all"
    )
