"""The next operation, its permit, the worker's next step, and when it is due."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from slipway.contracts import commands
from slipway.contracts.subscriptions import CheckAnswer
from slipway.contracts.vps import Drift, OperationKind
from slipway.provisioner.vps.drift import NoteDrift
from slipway.provisioner.vps.operation.next_operation import is_destructive, next_operation
from slipway.provisioner.vps.operation.next_step import (
    ATTEMPT_SECONDS,
    CALL_TIMEOUT_SECONDS,
    NextStep,
    due_at,
    next_step,
)
from slipway.provisioner.vps.operation.supersession import is_superseded
from slipway.provisioner.vps.state import Power

from tests.support.dsl.vps_history import NOON, VpsHistory

CREATE, DELETE = OperationKind.CREATE, OperationKind.DELETE
SUSPEND, RESUME = OperationKind.SUSPEND, OperationKind.RESUME
LATER = NOON + timedelta(days=3)

Build = Callable[[VpsHistory], VpsHistory]


def drifted(history: VpsHistory, drift: Drift) -> VpsHistory:
    return history.handles(NoteDrift(history.now, drift, "77"))


def broken(history: VpsHistory) -> VpsHistory:
    """The new server was off, and stayed off after a power-on."""
    history.create_accepted().observes(Power.OFF).later(2).starts_attempt().attempt_accepted()
    return history.observes(Power.OFF)


_ROWS: list[tuple[str, Build, OperationKind | None]] = [
    ("running and nothing is there", VpsHistory.pays, CREATE),
    ("running and on", VpsHistory.ready, None),
    ("running and off", lambda history: history.suspended().pays(), RESUME),
    ("suspended and nothing is there", lambda history: history.pays().payment_fails(), None),
    ("suspended and on", lambda history: history.ready().payment_fails(), SUSPEND),
    ("suspended and off", VpsHistory.suspended, None),
    ("absent and nothing is there", lambda history: history.pays().cancels(), None),
    ("absent and on", lambda history: history.ready().cancels(), DELETE),
    ("absent and off", lambda history: history.suspended().cancels(), DELETE),
    ("on hold and on", lambda history: history.ready().cancels(delete_at=LATER), SUSPEND),
    (
        "on hold and off",
        lambda history: history.suspended().cancels(delete_at=LATER),
        DELETE,
    ),
    (
        "on hold and missing: nothing to switch off",
        lambda history: drifted(history.ready(), Drift.MISSING).cancels(delete_at=LATER),
        DELETE,
    ),
    (
        "power unknown counts as on",
        lambda history: history.create_accepted().payment_fails(),
        SUSPEND,
    ),
    (
        "a paying customer's server is missing: never automatically (H17)",
        lambda history: drifted(history.ready(), Drift.MISSING),
        None,
    ),
    (
        "it is missing and an admin asks for it again",
        lambda history: drifted(history.ready(), Drift.MISSING).admin_sends(commands.CreateVps),
        CREATE,
    ),
    (
        "it is missing and cancelled",
        lambda history: drifted(history.ready(), Drift.MISSING).cancels(),
        DELETE,
    ),
    ("an admin's delete", lambda history: history.ready().admin_sends(commands.DeleteVps), DELETE),
    ("ignored", lambda history: history.pays().admin_sends(commands.IgnoreVps), None),
    ("never entitled", lambda history: history, None),
]


@pytest.mark.parametrize(
    ("build", "expected"), [row[1:] for row in _ROWS], ids=[row[0] for row in _ROWS]
)
def test_next_operation(build: Build, expected: OperationKind | None) -> None:
    history = build(VpsHistory())
    upcoming = next_operation(history.state, history.now)
    assert (upcoming and upcoming.kind) == expected


@pytest.mark.parametrize(
    ("build", "due"),
    [
        (lambda history: history.ready().payment_fails(suspend_at=LATER), LATER),
        (lambda history: history.suspended().cancels(delete_at=LATER), LATER),
        (lambda history: history.ready().payment_fails(), None),
        (
            lambda history: (
                history.ready().cancels(delete_at=LATER).admin_sends(commands.DeleteVps)
            ),
            None,
        ),
    ],
    ids=["grace", "hold", "no grace", "an admin does not wait for the hold"],
)
def test_when_the_next_operation_is_due(build: Build, due: object) -> None:
    history = build(VpsHistory())
    upcoming = next_operation(history.state, history.now)
    assert upcoming is not None
    assert upcoming.due_at == due


@pytest.mark.parametrize(
    ("build", "kind", "expected"),
    [
        (lambda history: history.ready().payment_fails(), SUSPEND, True),
        (lambda history: history.ready().cancels(), DELETE, True),
        (lambda history: history.suspended().pays(), RESUME, False),
        (VpsHistory.pays, CREATE, False),
        (lambda history: history.creating().attempt_fails(), CREATE, False),
        (lambda history: history.deleting().attempt_accepted().observes(None).pays(), CREATE, True),
        (
            lambda history: (
                history.deleting()
                .attempt_accepted()
                .observes(None)
                .pays()
                .admin_sends(commands.CreateVps)
            ),
            CREATE,
            False,
        ),
        (broken, CREATE, True),
    ],
    ids=[
        "a suspension",
        "a deletion",
        "a resumption needs none",
        "a first creation needs none",
        "no retried first creation",
        "a re-creation",
        "no re-creation that an admin asked for",
        "the deletion of a broken server",
    ],
)
def test_which_operations_need_a_permit(build: Build, kind: OperationKind, expected: bool) -> None:  # noqa: FBT001 - a table's column
    assert is_destructive(build(VpsHistory()).state, kind) is expected


_STEPS: list[tuple[str, Build, NextStep]] = [
    ("something is due", VpsHistory.pays, NextStep.START_OPERATION),
    ("nothing is due", VpsHistory.ready, NextStep.NOTHING),
    (
        "it is due later",
        lambda history: history.ready().payment_fails(suspend_at=LATER),
        NextStep.NOTHING,
    ),
    ("held", lambda history: history.pays().admin_sends(commands.HoldVps), NextStep.NOTHING),
    ("waiting for its time", lambda history: history.creating().attempt_fails(), NextStep.NOTHING),
    (
        "waited long enough",
        lambda history: history.creating().attempt_fails().later(5),
        NextStep.START_ATTEMPT,
    ),
    (
        "waited long enough, but held",
        lambda history: history.creating().attempt_fails().admin_sends(commands.HoldVps).later(5),
        NextStep.NOTHING,
    ),
    ("died while calling", lambda history: history.creating().later(30), NextStep.CONCLUDE_UNKNOWN),
    ("accepted", lambda history: history.create_accepted(), NextStep.POLL),
    ("unknown", lambda history: history.creating().outcome_unknown(), NextStep.POLL),
    (
        "cancelled while calling, then accepted",
        lambda history: history.creating().cancels().attempt_accepted(),
        NextStep.START_OPERATION,
    ),
    ("waiting for the confirmation", VpsHistory.confirmation_requested, NextStep.REQUEST_RELEASE),
    (
        "confirmed",
        lambda history: history.confirmation_requested().confirmation_answered(
            CheckAnswer.CONFIRMED
        ),
        NextStep.START_ATTEMPT,
    ),
    (
        "the confirmation expired",
        lambda history: (
            history.confirmation_requested().confirmation_answered(CheckAnswer.CONFIRMED).later(120)
        ),
        NextStep.REQUEST_RELEASE,
    ),
    ("parked", VpsHistory.parked, NextStep.NOTHING),
    ("ignored", lambda history: history.parked().admin_sends(commands.IgnoreVps), NextStep.NOTHING),
]


@pytest.mark.parametrize(
    ("build", "expected"), [row[1:] for row in _STEPS], ids=[row[0] for row in _STEPS]
)
def test_the_next_step_of_the_worker(build: Build, expected: NextStep) -> None:
    history = build(VpsHistory())
    assert next_step(history.state, history.now) is expected


def test_a_call_is_not_polled_before_it_is_surely_over() -> None:
    history = VpsHistory().creating()
    surely = timedelta(seconds=ATTEMPT_SECONDS + CALL_TIMEOUT_SECONDS)
    assert due_at(history.state) == history.now + surely


@pytest.mark.parametrize(
    ("build", "expected"),
    [
        (lambda history: history.creating().cancels(), False),
        (lambda history: history.creating().outcome_unknown().cancels(), False),
        (
            lambda history: (
                history.ready().payment_fails().starts_operation().attempt_accepted().pays()
            ),
            False,
        ),
        (lambda history: history.creating().attempt_fails(), False),
    ],
    ids=["calling", "unknown", "an accepted power change", "still wanted"],
)
def test_which_operations_are_not_superseded(build: Build, expected: bool) -> None:  # noqa: FBT001 - a table's column
    history = build(VpsHistory())
    assert is_superseded(history.state, history.now) is expected
