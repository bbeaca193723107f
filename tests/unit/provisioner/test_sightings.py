"""What a look proves: nothing is ready, off or gone before it is seen so."""

from collections.abc import Callable

import pytest
from slipway.contracts import commands, vps
from slipway.contracts.vps import FaultKind, OperationKind
from slipway.provisioner.vps.observation import DISCARDS, PATIENCE
from slipway.provisioner.vps.state import Outcome, Power

from tests.support.builders.vps_life import Life, fault

PATIENT = PATIENCE[OperationKind.CREATE].total_seconds()
NOT_SEEN = fault(FaultKind.OUTCOME_UNKNOWN, code="not_seen", sent=False)


def thrice(life: Life) -> Life:
    """Three spaced looks, past the settle window, that find nothing."""
    for _ in range(3):
        life.later(11).sees(None)
    return life


def test_on_and_ours_is_ready() -> None:
    life = Life().creating().takes().sees(Power.ON)
    (ready,) = life.latest
    assert isinstance(ready, vps.VpsReady)
    assert (ready.provider_id, ready.ipv4, ready.generation) == ("77", "100.64.0.1", 1)
    assert life.state.operation is None


@pytest.mark.parametrize("outcome", [Outcome.RUNNING, Outcome.DONE])
def test_booting_is_waited_for(outcome: Outcome) -> None:
    assert Life().creating().takes().sees(Power.UNKNOWN, outcome=outcome).said == ()


def test_a_start_that_failed_is_switched_on_once_more() -> None:
    life = Life().creating().takes().sees(Power.OFF, outcome=Outcome.FAILED)
    assert life.said == ("AttemptFailed",)
    assert life.later(2).attempts().latest[-1].model_dump()["step"] == "power_on"


def test_it_is_switched_on_once_more_also_after_earlier_failures() -> None:
    life = Life().creating().fails().later(2).attempts().takes().sees(Power.OFF)
    assert life.said == ("AttemptFailed",)


def test_a_switching_on_whose_answer_was_lost_is_repeated() -> None:
    life = Life().creating().takes().sees(Power.OFF).later(2).attempts().doubts()
    assert life.later(1).sees(Power.OFF).said == ("AttemptFailed",)


def off_again(life: Life) -> Life:
    life.creating().takes().sees(Power.OFF).later(2).attempts().takes()
    return life.sees(Power.OFF)


def discarded(life: Life) -> Life:
    """The broken server is deleted and proven gone."""
    return life.attempts().takes().sees(None)


def test_what_stays_off_is_deleted_and_made_anew() -> None:
    life = off_again(Life())
    assert life.said == ("ServerFailed",)
    assert life.attempts().latest[-1].model_dump()["step"] == "delete"
    assert life.takes().sees(None).said == ("ServerDiscarded",)
    life.begins()
    assert life.state.generation == 2


def test_what_never_boots_is_given_up_after_half_an_hour() -> None:
    life = Life().creating().takes().later(PATIENT + 1).sees(Power.UNKNOWN)
    assert life.said == ("ServerFailed",)


def test_after_two_broken_servers_a_person_looks() -> None:
    life = Life()
    for _ in range(DISCARDS):
        discarded(off_again(life))
    assert off_again(life).said == ("OperationParked",)


def test_cancelled_while_the_broken_server_goes_is_gone_in_the_end() -> None:
    life = off_again(Life()).attempts().takes().cancels()
    assert life.sees(None).said == ("ServerDiscarded", "VpsDeleted")


def test_an_unknown_create_that_is_found_is_taken_over() -> None:
    life = Life().creating().doubts().later(1).sees(Power.UNKNOWN)
    assert life.said == ("ServerLookedUp",)
    assert life.state.server is not None
    assert life.phase == "Watching"
    running = Life().creating().doubts().later(1).sees(Power.ON)
    assert running.said == ("ServerLookedUp", "VpsReady")


def test_absent_takes_three_looks_and_the_settle_window() -> None:
    life = Life().creating().doubts()
    assert life.later(1).sees(None).said == ("ServerLookedUp",)
    assert life.later(1).sees(None).said == ("ServerLookedUp",)
    assert life.later(1).sees(None).said == ("ServerLookedUp",), "three looks, but too soon"
    assert life.later(28).sees(None).said == ("AttemptFailed",)
    one = Life().creating().doubts().later(100)
    assert one.sees(None).said == ("ServerLookedUp",), "late, but one look"


def test_in_an_account_that_is_not_proven_nothing_is_absent() -> None:
    life = Life().creating().doubts()
    for _ in range(5):
        assert life.later(30).sees(None, proven=False).said == ()


def test_a_name_taken_by_a_stranger_is_left_to_a_person() -> None:
    life = thrice(Life().creating().fails(fault(FaultKind.CONFLICT)))
    for _ in range(2):
        assert life.said == ("AttemptFailed",), "one of ours may have died since"
        thrice(life.later(2).attempts().fails(fault(FaultKind.CONFLICT)))
    assert life.said == ("AttemptFailed", "OperationParked")
    parked = life.latest[-1]
    assert isinstance(parked, vps.OperationParked)
    assert parked.fault.kind is FaultKind.CONFLICT


def test_accepted_then_gone_is_made_again_under_the_same_name() -> None:
    life = thrice(Life().creating().takes())
    assert life.said == ("AttemptFailed",)
    assert life.state.server is None
    assert life.later(5).attempts().state.generation == 1


@pytest.mark.parametrize(
    ("build", "said"),
    [
        (lambda life: life.doubts().cancels(), ("OperationSuperseded", "VpsDeleted")),
        (lambda life: life.doubts().owes(), ("OperationSuperseded",)),
        (lambda life: switching_on(life).cancels(), ("OperationSuperseded", "VpsDeleted")),
        (lambda life: switching_on(life).owes(), ("OperationSuperseded",)),
    ],
    ids=["cancelled", "overdue", "vanished and cancelled", "vanished and overdue"],
)
def test_never_made_and_no_longer_wanted_leaves_nothing(
    build: Callable[[Life], Life], said: tuple[str, ...]
) -> None:
    life = thrice(build(Life().creating()))
    assert life.said == ("AttemptFailed", *said)
    assert life.state.server is None
    assert life.state.operation is None


def switching_on(life: Life) -> Life:
    """It was made but is off, and nobody knows whether the switching on was taken."""
    return life.takes().sees(Power.OFF).later(2).attempts().doubts()


def test_labels_that_are_not_ours_are_a_persons_matter() -> None:
    for life in (Life().creating().takes(), Life().deleting().takes(), Life().ready().owes()):
        if life.phase is None:
            life.begins().takes()
        assert life.sees(Power.ON, ours=False).said == ("OperationParked",)


def test_off_is_suspended_and_on_again_is_resumed() -> None:
    life = Life().suspended()
    assert life.said == ("VpsSuspended",)
    assert life.pays().begins().takes().sees(Power.ON).said == ("VpsResumed",)
    assert life.state.server is not None
    assert life.state.server.power is Power.ON


@pytest.mark.parametrize(
    ("doubted", "power", "outcome", "said"),
    [
        (False, Power.ON, Outcome.RUNNING, ()),
        (False, Power.UNKNOWN, Outcome.RUNNING, ()),
        (False, Power.ON, Outcome.FAILED, ("AttemptFailed",)),
        (True, Power.ON, Outcome.DONE, ("AttemptFailed",)),
        (True, Power.UNKNOWN, Outcome.RUNNING, ()),
        (True, Power.OFF, Outcome.DONE, ("VpsSuspended",)),
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
def test_a_switch_is_repeated_only_if_it_had_no_effect(
    doubted: bool,  # noqa: FBT001 - a table's column
    power: Power,
    outcome: Outcome,
    said: tuple[str, ...],
) -> None:
    life = Life().ready().owes().begins()
    life = life.doubts() if doubted else life.takes()
    assert life.later(1).sees(power, outcome=outcome).said == said


def test_a_server_that_vanished_is_parked_and_noted_as_missing() -> None:
    life = thrice(Life().ready().owes().begins().takes())
    assert life.said == ("VpsDrifted", "OperationParked")
    assert life.state.drifts == ("missing",)


def test_an_acknowledged_deletion_and_one_404_is_gone() -> None:
    life = Life().deleting().takes().sees(None)
    (gone,) = life.latest
    assert isinstance(gone, vps.VpsDeleted)
    assert gone.by_admin is False


def test_a_deletion_still_going_on_is_waited_for() -> None:
    life = Life().deleting().takes()
    assert life.sees(Power.ON, outcome=Outcome.RUNNING).said == ()
    assert life.later(3600).sees(Power.UNKNOWN, alive=False).said == ()


@pytest.mark.parametrize(
    "see",
    [
        lambda life: life.takes().sees(Power.ON, outcome=Outcome.FAILED),
        lambda life: life.takes().later(601).sees(Power.ON, outcome=Outcome.RUNNING),
        lambda life: life.doubts().sees(Power.ON),
    ],
    ids=["its action failed", "too long", "reply lost"],
)
def test_a_deletion_without_effect_is_repeated(see: Callable[[Life], Life]) -> None:
    assert see(Life().deleting()).said == ("AttemptFailed",)


def test_a_404_before_the_delete_went_out_may_have_come_too_early() -> None:
    life = Life().deleting().doubts(NOT_SEEN)
    assert life.later(1).sees(None).said == ("ServerLookedUp",)
    assert life.later(1).sees(Power.ON).said == ("AttemptFailed",), "there after all"


@pytest.mark.parametrize(
    ("build", "by_admin"),
    [
        (lambda life: thrice(life.deleting().doubts()), False),
        (lambda life: thrice(life.deleting().doubts(NOT_SEEN)), True),
        (lambda life: released(life).attempts().takes().sees(None), True),
        (
            lambda life: (
                life.cancelled().later(900).asks().orders(commands.ResolveManually).sees(None)
            ),
            True,
        ),
    ],
    ids=["our call, its reply lost", "before any call of ours", "a person's key", "by hand"],
)
def test_who_deleted_it(build: Callable[[Life], Life], by_admin: bool) -> None:  # noqa: FBT001 - a table's column
    (gone,) = build(Life()).latest
    assert isinstance(gone, vps.VpsDeleted)
    assert gone.by_admin is by_admin


def released(life: Life) -> Life:
    return life.cancelled().orders(commands.ReleaseVps)


def test_done_by_hand_is_believed_after_one_look_or_stays_parked() -> None:
    life = Life().parked().orders(commands.ResolveManually)
    assert life.sees(None).said == ("OperationParked",)
    done = Life().parked().orders(commands.ResolveManually).sees(Power.ON)
    ready = done.latest[-1]
    assert isinstance(ready, vps.VpsReady)
    assert ready.by_admin is True


def test_a_look_when_nothing_is_looked_for_proves_nothing() -> None:
    assert Life().creating().sees(Power.ON).said == ()
    assert Life().ready().sees(None).said == ()
