"""What people order: twice is once, a stale page is refused, each order in its place (H21)."""

from collections.abc import Callable
from typing import Any

import pytest
from slipway.contracts import commands, vps
from slipway.contracts.commands import CommandRefused
from slipway.contracts.subscriptions import CheckAnswer
from slipway.contracts.vps import FaultKind
from slipway.provisioner.evolution import REMEMBERED_COMMANDS
from slipway.provisioner.state import Power, Waiting
from slipway.provisioner.vps import NoteDrift

from tests.support.vps_lives import Life, fault

Build = Callable[[Life], Life]


def why(life: Life) -> str:
    (refused,) = life.latest
    assert isinstance(refused, CommandRefused)
    return refused.reason


def missing(life: Life) -> Life:
    return life.does(NoteDrift(life.now, "missing", "77"))


def parked_and_missing(life: Life) -> Life:
    return missing(life.ready().owes().begins().fails(fault(FaultKind.REJECTED)))


_ALLOWED: list[tuple[str, Build, type[commands.Command], dict[str, Any], tuple[str, ...]]] = [
    (
        "retry parked",
        Life.parked,
        commands.RetryOperation,
        {},
        ("OperationRetried",),
    ),
    (
        "retry what waits",
        lambda life: life.creating().fails(),
        commands.RetryOperation,
        {},
        ("OperationRetried",),
    ),
    (
        "retry a stalled key",
        lambda life: life.cancelled().later(900).asks(),
        commands.RetryOperation,
        {},
        ("OperationRetried",),
    ),
    (
        "resolve by hand",
        Life.parked,
        commands.ResolveByHand,
        {},
        ("OperationResolvedByHand",),
    ),
    (
        "create what is parked",
        Life.parked,
        commands.CreateVps,
        {},
        ("CreationOrdered", "OperationRetried"),
    ),
    (
        "create what is missing",
        lambda life: missing(life.ready()),
        commands.CreateVps,
        {},
        ("CreationOrdered",),
    ),
    (
        "create what is missing and parked",
        lambda life: parked_and_missing(life).pays().owes().pays(),
        commands.CreateVps,
        {},
        ("CreationOrdered",),
    ),
    ("delete", Life.ready, commands.DeleteVps, {}, ("DeletionOrdered",)),
    (
        "delete before it was made",
        Life.pays,
        commands.DeleteVps,
        {},
        ("DeletionOrdered",),
    ),
    ("hold", Life.ready, commands.HoldVps, {}, ("VpsHeld",)),
    (
        "lift",
        lambda life: life.ready().orders(commands.HoldVps),
        commands.LiftHold,
        {},
        ("VpsHoldLifted",),
    ),
    (
        "adopt",
        Life.pays,
        commands.AdoptServer,
        {"provider_id": "88"},
        ("ServerAdopted", "OperationStarted"),
    ),
    (
        "adopt instead of what is parked",
        Life.parked,
        commands.AdoptServer,
        {"provider_id": "88"},
        ("ServerAdopted", "OperationOvertaken", "OperationStarted"),
    ),
    ("ignore", Life.pays, commands.IgnoreVps, {}, ("VpsIgnored",)),
    ("release", Life.cancelled, commands.ReleaseVps, {}, ("VpsReleased",)),
    (
        "release what is stalled",
        lambda life: life.cancelled().later(900).asks(),
        commands.ReleaseVps,
        {},
        ("VpsReleased",),
    ),
]


@pytest.mark.parametrize(
    ("build", "order", "fields", "said"),
    [row[1:] for row in _ALLOWED],
    ids=[row[0] for row in _ALLOWED],
)
def test_an_order(
    build: Build, order: type[commands.Command], fields: dict[str, Any], said: tuple[str, ...]
) -> None:
    life = build(Life()).orders(order, command_id="mine", **fields)
    assert life.said[: len(said)] == said
    assert life.orders(order, command_id="mine", **fields).said == (), "twice is once"


_REFUSED: list[tuple[str, Build, type[commands.Command], dict[str, Any], str]] = [
    (
        "retry nothing",
        Life.ready,
        commands.RetryOperation,
        {},
        "Nothing of this VPS",
    ),
    (
        "retry a call",
        Life.creating,
        commands.RetryOperation,
        {},
        "Nothing of this VPS",
    ),
    (
        "resolve a call",
        Life.creating,
        commands.ResolveByHand,
        {},
        "waits for a person",
    ),
    (
        "create a cancelled one",
        lambda life: life.pays().cancels(),
        commands.CreateVps,
        {},
        "want it",
    ),
    ("create what exists", Life.ready, commands.CreateVps, {}, "Its server exists"),
    (
        "create while creating",
        Life.creating,
        commands.CreateVps,
        {},
        "create is under",
    ),
    ("delete nothing", lambda life: life.pays().cancels(), commands.DeleteVps, {}, "no server"),
    (
        "delete by another name",
        Life.ready,
        commands.DeleteVps,
        {"override_name": "slw-other"},
        "is not the server's name",
    ),
    (
        "hold twice",
        lambda life: life.pays().orders(commands.HoldVps),
        commands.HoldVps,
        {},
        "already",
    ),
    ("lift nothing", Life.pays, commands.LiftHold, {}, "not held"),
    (
        "adopt a second server",
        Life.ready,
        commands.AdoptServer,
        {"provider_id": "88"},
        "a server already",
    ),
    (
        "adopt for nobody",
        lambda life: life.pays().cancels(),
        commands.AdoptServer,
        {"provider_id": "88"},
        "want it",
    ),
    (
        "adopt in mid-call",
        Life.creating,
        commands.AdoptServer,
        {"provider_id": "88"},
        "create is under way",
    ),
    ("ignore in mid-call", Life.creating, commands.IgnoreVps, {}, "under way"),
    ("release what asks nobody", Life.ready, commands.ReleaseVps, {}, "second key"),
    (
        "anything of an ignored one",
        lambda life: life.pays().orders(commands.IgnoreVps),
        commands.CreateVps,
        {},
        "ignored",
    ),
]


@pytest.mark.parametrize(
    ("build", "order", "fields", "reason"),
    [row[1:] for row in _REFUSED],
    ids=[row[0] for row in _REFUSED],
)
def test_an_order_that_is_refused_says_why(
    build: Build, order: type[commands.Command], fields: dict[str, Any], reason: str
) -> None:
    life = build(Life())
    before = (life.state.operation, life.state.wanted, life.state.server)
    life.orders(order, command_id="mine", **fields)
    assert reason in why(life)
    assert (life.state.operation, life.state.wanted, life.state.server) == before
    assert life.orders(order, command_id="mine", **fields).said == (), "refused once"


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
    assert life.said == ("DeletionOrdered", "VpsReleased")
    assert life.attempts().said == ("AttemptStarted",)


def test_a_persons_delete_turns_the_same_keys() -> None:
    life = Life().ready().orders(commands.DeleteVps).begins()
    assert life.said == ("OperationStarted", "ReleaseRequested")
    assert life.attempts().said == ()


def test_a_delete_while_a_create_waits_is_done_at_once() -> None:
    life = Life().creating().fails().orders(commands.DeleteVps)
    assert life.said == ("DeletionOrdered", "OperationOvertaken")
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
    assert (ready.provider_id, ready.by_person) == ("88", True)


def test_an_adoption_that_can_not_be_done_is_dropped_when_the_customer_cancels() -> None:
    life = Life().pays().orders(commands.AdoptServer, provider_id="88").attempts()
    life.fails(fault(FaultKind.REJECTED))
    assert life.phase == "Parked"
    assert life.cancels().said == ("VpsWanted", "OperationOvertaken", "VpsDeleted")


def test_an_adopted_server_that_does_not_start_is_never_deleted_by_itself() -> None:
    life = Life().pays().orders(commands.AdoptServer, provider_id="88").attempts().takes("88")
    life.sees(Power.OFF).later(2).attempts().takes("88").sees(Power.OFF)
    assert life.said == ("OperationParked",)
