"""Admin commands: a repeated one counts once, one from a stale page is refused (H21)."""

from collections.abc import Callable
from typing import Any

import pytest
from slipway.contracts import commands
from slipway.contracts.commands import CommandRefused
from slipway.contracts.vps import Drift, FaultKind
from slipway.provisioner.vps.drift import NoteDrift

from tests.support.dsl.vps_history import VpsHistory, fault

Build = Callable[[VpsHistory], VpsHistory]


def why(history: VpsHistory) -> str:
    (refused,) = history.latest
    assert isinstance(refused, CommandRefused)
    return refused.reason


def missing(history: VpsHistory) -> VpsHistory:
    return history.handles(NoteDrift(history.now, Drift.MISSING, "77"))


def parked_and_missing(history: VpsHistory) -> VpsHistory:
    return missing(history.suspending().attempt_fails(fault(FaultKind.REJECTED)))


_ALLOWED: list[tuple[str, Build, type[commands.Command], dict[str, Any], tuple[str, ...]]] = [
    (
        "retry parked",
        VpsHistory.parked,
        commands.RetryOperation,
        {},
        ("OperationRetried",),
    ),
    (
        "retry a waiting operation",
        lambda history: history.creating().attempt_fails(),
        commands.RetryOperation,
        {},
        ("OperationRetried",),
    ),
    (
        "retry a stalled release",
        lambda history: history.confirmation_requested().later(900).requests_confirmation(),
        commands.RetryOperation,
        {},
        ("OperationRetried",),
    ),
    (
        "resolve by hand",
        VpsHistory.parked,
        commands.ResolveManually,
        {},
        ("OperationResolvedManually",),
    ),
    (
        "create a parked one",
        VpsHistory.parked,
        commands.CreateVps,
        {},
        ("CreationRequested", "OperationRetried"),
    ),
    (
        "create a missing one",
        lambda history: missing(history.ready()),
        commands.CreateVps,
        {},
        ("CreationRequested",),
    ),
    (
        "create one that is missing and parked",
        lambda history: parked_and_missing(history).pays().payment_fails().pays(),
        commands.CreateVps,
        {},
        ("CreationRequested",),
    ),
    ("delete", VpsHistory.ready, commands.DeleteVps, {}, ("DeletionRequested",)),
    (
        "delete before it was created",
        VpsHistory.pays,
        commands.DeleteVps,
        {},
        ("DeletionRequested",),
    ),
    ("hold", VpsHistory.ready, commands.HoldVps, {}, ("VpsHeld",)),
    (
        "lift",
        lambda history: history.ready().admin_sends(commands.HoldVps),
        commands.ReleaseHold,
        {},
        ("VpsHoldReleased",),
    ),
    (
        "adopt",
        VpsHistory.pays,
        commands.AdoptServer,
        {"provider_id": "88"},
        ("ServerAdopted", "OperationStarted"),
    ),
    (
        "adopt instead of a parked operation",
        VpsHistory.parked,
        commands.AdoptServer,
        {"provider_id": "88"},
        ("ServerAdopted", "OperationSuperseded", "OperationStarted"),
    ),
    ("ignore", VpsHistory.pays, commands.IgnoreVps, {}, ("VpsIgnored",)),
    ("release", VpsHistory.confirmation_requested, commands.ReleaseVps, {}, ("VpsReleased",)),
    (
        "release a stalled one",
        lambda history: history.confirmation_requested().later(900).requests_confirmation(),
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
def test_an_admin_command_leads_to_its_events(
    build: Build, order: type[commands.Command], fields: dict[str, Any], said: tuple[str, ...]
) -> None:
    history = build(VpsHistory()).admin_sends(order, command_id="mine", **fields)
    assert history.event_names[: len(said)] == said
    assert history.admin_sends(order, command_id="mine", **fields).event_names == (), (
        "a repeated command counts once"
    )


_REFUSED: list[tuple[str, Build, type[commands.Command], dict[str, Any], str]] = [
    (
        "retry nothing",
        VpsHistory.ready,
        commands.RetryOperation,
        {},
        "Nothing of this VPS",
    ),
    (
        "retry a call",
        VpsHistory.creating,
        commands.RetryOperation,
        {},
        "Nothing of this VPS",
    ),
    (
        "resolve a call",
        VpsHistory.creating,
        commands.ResolveManually,
        {},
        "waits for an operator",
    ),
    (
        "create a cancelled one",
        lambda history: history.pays().cancels(),
        commands.CreateVps,
        {},
        "want it",
    ),
    ("create what exists", VpsHistory.ready, commands.CreateVps, {}, "Its server exists"),
    (
        "create while creating",
        VpsHistory.creating,
        commands.CreateVps,
        {},
        "create is under",
    ),
    (
        "delete nothing",
        lambda history: history.pays().cancels(),
        commands.DeleteVps,
        {},
        "no server",
    ),
    (
        "delete by another name",
        VpsHistory.ready,
        commands.DeleteVps,
        {"override_name": "slw-other"},
        "is not the server's name",
    ),
    (
        "hold twice",
        lambda history: history.pays().admin_sends(commands.HoldVps),
        commands.HoldVps,
        {},
        "already",
    ),
    ("lift nothing", VpsHistory.pays, commands.ReleaseHold, {}, "not held"),
    (
        "adopt a second server",
        VpsHistory.ready,
        commands.AdoptServer,
        {"provider_id": "88"},
        "a server already",
    ),
    (
        "adopt for a cancelled one",
        lambda history: history.pays().cancels(),
        commands.AdoptServer,
        {"provider_id": "88"},
        "want it",
    ),
    (
        "adopt during a call",
        VpsHistory.creating,
        commands.AdoptServer,
        {"provider_id": "88"},
        "create is under way",
    ),
    ("ignore in mid-call", VpsHistory.creating, commands.IgnoreVps, {}, "under way"),
    (
        "release one that awaits no confirmation",
        VpsHistory.ready,
        commands.ReleaseVps,
        {},
        "GHL's confirmation",
    ),
    (
        "any command for an ignored one",
        lambda history: history.pays().admin_sends(commands.IgnoreVps),
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
def test_a_refused_command_gives_the_reason(
    build: Build, order: type[commands.Command], fields: dict[str, Any], reason: str
) -> None:
    history = build(VpsHistory())
    before = (history.state.operation, history.state.desired_state, history.state.server)
    history.admin_sends(order, command_id="mine", **fields)
    assert reason in why(history)
    assert (history.state.operation, history.state.desired_state, history.state.server) == before
    assert history.admin_sends(order, command_id="mine", **fields).event_names == (), "refused once"
