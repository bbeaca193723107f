"""What people order: twice is once, a stale page is refused, each order in its place (H21)."""

from collections.abc import Callable
from typing import Any

import pytest
from slipway.contracts import commands
from slipway.contracts.commands import CommandRefused
from slipway.contracts.vps import FaultKind
from slipway.provisioner.vps.decider import NoteDrift

from tests.support.builders.vps_life import Life, fault

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
        commands.ResolveManually,
        {},
        ("OperationResolvedManually",),
    ),
    (
        "create what is parked",
        Life.parked,
        commands.CreateVps,
        {},
        ("CreationRequested", "OperationRetried"),
    ),
    (
        "create what is missing",
        lambda life: missing(life.ready()),
        commands.CreateVps,
        {},
        ("CreationRequested",),
    ),
    (
        "create what is missing and parked",
        lambda life: parked_and_missing(life).pays().owes().pays(),
        commands.CreateVps,
        {},
        ("CreationRequested",),
    ),
    ("delete", Life.ready, commands.DeleteVps, {}, ("DeletionRequested",)),
    (
        "delete before it was made",
        Life.pays,
        commands.DeleteVps,
        {},
        ("DeletionRequested",),
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
        ("ServerAdopted", "OperationSuperseded", "OperationStarted"),
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
        commands.ResolveManually,
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
