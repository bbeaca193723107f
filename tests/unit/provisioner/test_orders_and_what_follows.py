"""What becomes of a person's order, and of a page that was too old (H21)."""

from collections.abc import Callable

import pytest
from slipway.contracts import commands, vps
from slipway.contracts.commands import CommandRefused
from slipway.contracts.subscriptions import CheckAnswer
from slipway.contracts.vps import FaultKind
from slipway.provisioner.vps.evolve import REMEMBERED_COMMANDS
from slipway.provisioner.vps.state import Power, Waiting

from tests.support.builders.vps_life import Life, fault

Build = Callable[[Life], Life]


def why(life: Life) -> str:
    (refused,) = life.latest
    assert isinstance(refused, CommandRefused)
    return refused.reason


def test_a_page_from_before_the_entitlement_changed_is_refused() -> None:
    life = Life().ready()
    seen = len(life.events)
    life.cancels().pays().orders(commands.DeleteVps, seen_version=seen)
    assert "changed since your page" in why(life)


def test_a_page_from_before_something_else_happened_is_good_enough() -> None:
    life = Life().creating()
    seen = len(life.events)
    life.fails(fault(FaultKind.REJECTED))
    assert life.orders(commands.RetryOperation, seen_version=seen).said == ("OperationRetried",)


def test_a_command_is_remembered_for_long() -> None:
    life = Life().ready().orders(commands.HoldVps, command_id="mine")
    for number in range(REMEMBERED_COMMANDS - 1):
        life.orders(commands.HoldVps if number % 2 else commands.LiftHold)
    life.state.commands.index("mine")
    assert life.orders(commands.HoldVps, command_id="mine").said == ()


@pytest.mark.parametrize(
    "build",
    [
        Life.cancelled,
        lambda life: life.cancelled().later(900).asks(),
        lambda life: life.cancelled().answered(CheckAnswer.GONE).later(200),
        lambda life: life.deleting().fails(fault(FaultKind.REJECTED)),
    ],
    ids=["asking", "stalled", "the key grew old", "parked"],
)
def test_a_delete_by_name_turns_the_key_of_one_under_way(build: Build) -> None:
    life = build(Life())
    life.orders(commands.DeleteVps, override_name=life.name)
    assert life.said == ("DeletionRequested", "VpsReleased")
    assert life.attempts().said == ("AttemptStarted",)


def test_a_persons_delete_turns_the_same_keys() -> None:
    life = Life().ready().orders(commands.DeleteVps).begins()
    assert life.said == ("OperationStarted", "ReleaseRequested")
    assert life.attempts().said == ()


def test_a_delete_while_a_create_waits_is_done_at_once() -> None:
    life = Life().creating().fails().orders(commands.DeleteVps)
    assert life.said == ("DeletionRequested", "OperationSuperseded")
    assert life.state.operation is None


def test_a_retried_operation_has_all_its_attempts_again() -> None:
    life = Life().parked().orders(commands.RetryOperation)
    operation = life.state.operation
    assert operation is not None
    assert isinstance(operation.phase, Waiting)
    assert (operation.failures, operation.setbacks, operation.region) == (0, 0, 0)
    assert life.attempts().said == ("AttemptStarted",)


def test_held_nothing_goes_out_until_it_is_lifted() -> None:
    life = Life().pays().orders(commands.HoldVps)
    assert life.begins().said == ()
    assert life.orders(commands.LiftHold).begins().said == ("OperationStarted", "AttemptStarted")


def test_an_adopted_server_is_a_persons_work() -> None:
    life = Life().pays().orders(commands.AdoptServer, provider_id="88").attempts()
    ready = life.takes("88").sees(Power.ON, provider_id="88").latest[-1]
    assert isinstance(ready, vps.VpsReady)
    assert (ready.provider_id, ready.by_admin) == ("88", True)


def test_an_adoption_that_can_not_be_done_is_dropped_when_the_customer_cancels() -> None:
    life = Life().pays().orders(commands.AdoptServer, provider_id="88").attempts()
    life.fails(fault(FaultKind.REJECTED))
    assert life.phase == "Parked"
    assert life.cancels().said == ("DesiredStateChanged", "OperationSuperseded", "VpsDeleted")


def test_an_adopted_server_that_does_not_start_is_never_deleted_by_itself() -> None:
    life = Life().pays().orders(commands.AdoptServer, provider_id="88").attempts().takes("88")
    life.sees(Power.OFF).later(2).attempts().takes("88").sees(Power.OFF)
    assert life.said == ("OperationParked",)
