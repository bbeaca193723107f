"""The table of what comes next, what it takes, and when the worker is needed."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from slipway.contracts import commands
from slipway.contracts.subscriptions import CheckAnswer
from slipway.contracts.vps import OperationKind
from slipway.provisioner.vps.decider import NoteDrift
from slipway.provisioner.vps.operation import (
    ATTEMPT_SECONDS,
    CALL_TIMEOUT_SECONDS,
    Errand,
    destructive,
    due_at,
    errand,
    next_operation,
    overtaken,
)
from slipway.provisioner.vps.state import Power

from tests.support.builders.vps_life import NOON, Life

CREATE, DELETE = OperationKind.CREATE, OperationKind.DELETE
SUSPEND, RESUME = OperationKind.SUSPEND, OperationKind.RESUME
LATER = NOON + timedelta(days=3)

Build = Callable[[Life], Life]


def drifted(life: Life, drift: str) -> Life:
    return life.does(NoteDrift(life.now, drift, "77"))


def broken(life: Life) -> Life:
    """It came out off, and stayed off when it was switched on."""
    life.creating().takes().sees(Power.OFF).later(2).attempts().takes()
    return life.sees(Power.OFF)


_ROWS: list[tuple[str, Build, OperationKind | None]] = [
    ("running and nothing is there", Life.pays, CREATE),
    ("running and on", Life.ready, None),
    ("running and off", lambda life: life.suspended().pays(), RESUME),
    ("suspended and nothing is there", lambda life: life.pays().owes(), None),
    ("suspended and on", lambda life: life.ready().owes(), SUSPEND),
    ("suspended and off", Life.suspended, None),
    ("absent and nothing is there", lambda life: life.pays().cancels(), None),
    ("absent and on", lambda life: life.ready().cancels(), DELETE),
    ("absent and off", lambda life: life.suspended().cancels(), DELETE),
    ("held for its hold and on", lambda life: life.ready().cancels(delete_at=LATER), SUSPEND),
    ("held for its hold and off", lambda life: life.suspended().cancels(delete_at=LATER), DELETE),
    (
        "held for its hold and missing: nothing to switch off",
        lambda life: drifted(life.ready(), "missing").cancels(delete_at=LATER),
        DELETE,
    ),
    (
        "power unknown counts as on",
        lambda life: life.creating().takes().owes(),
        SUSPEND,
    ),
    (
        "a payer's server is missing: never by itself (H17)",
        lambda life: drifted(life.ready(), "missing"),
        None,
    ),
    (
        "it is missing and a person orders it again",
        lambda life: drifted(life.ready(), "missing").orders(commands.CreateVps),
        CREATE,
    ),
    (
        "it is missing and cancelled",
        lambda life: drifted(life.ready(), "missing").cancels(),
        DELETE,
    ),
    ("a person's delete", lambda life: life.ready().orders(commands.DeleteVps), DELETE),
    ("ignored", lambda life: life.pays().orders(commands.IgnoreVps), None),
    ("never entitled", lambda life: life, None),
]


@pytest.mark.parametrize(
    ("build", "expected"), [row[1:] for row in _ROWS], ids=[row[0] for row in _ROWS]
)
def test_next_operation(build: Build, expected: OperationKind | None) -> None:
    life = build(Life())
    upcoming = next_operation(life.state, life.now)
    assert (upcoming and upcoming.kind) == expected


@pytest.mark.parametrize(
    ("build", "due"),
    [
        (lambda life: life.ready().owes(suspend_at=LATER), LATER),
        (lambda life: life.suspended().cancels(delete_at=LATER), LATER),
        (lambda life: life.ready().owes(), None),
        (lambda life: life.ready().cancels(delete_at=LATER).orders(commands.DeleteVps), None),
    ],
    ids=["grace", "hold", "no grace", "a person does not wait for the hold"],
)
def test_when_it_is_due(build: Build, due: object) -> None:
    life = build(Life())
    upcoming = next_operation(life.state, life.now)
    assert upcoming is not None
    assert upcoming.due_at == due


@pytest.mark.parametrize(
    ("build", "kind", "expected"),
    [
        (lambda life: life.ready().owes(), SUSPEND, True),
        (lambda life: life.ready().cancels(), DELETE, True),
        (lambda life: life.suspended().pays(), RESUME, False),
        (Life.pays, CREATE, False),
        (lambda life: life.creating().fails(), CREATE, False),
        (lambda life: life.deleting().takes().sees(None).pays(), CREATE, True),
        (
            lambda life: life.deleting().takes().sees(None).pays().orders(commands.CreateVps),
            CREATE,
            False,
        ),
        (broken, CREATE, True),
    ],
    ids=[
        "a suspension",
        "a deletion",
        "no resumption",
        "no first creation",
        "no first creation tried again",
        "a re-creation",
        "no re-creation that a person ordered",
        "the removal of what came out broken",
    ],
)
def test_what_takes_a_permit(build: Build, kind: OperationKind, expected: bool) -> None:  # noqa: FBT001 - a table's column
    assert destructive(build(Life()).state, kind) is expected


_ERRANDS: list[tuple[str, Build, Errand]] = [
    ("something is due", Life.pays, Errand.BEGIN),
    ("nothing is due", Life.ready, Errand.NOTHING),
    ("it is due later", lambda life: life.ready().owes(suspend_at=LATER), Errand.NOTHING),
    ("held", lambda life: life.pays().orders(commands.HoldVps), Errand.NOTHING),
    ("waiting for its time", lambda life: life.creating().fails(), Errand.NOTHING),
    ("waited long enough", lambda life: life.creating().fails().later(5), Errand.ATTEMPT),
    (
        "waited long enough, but held",
        lambda life: life.creating().fails().orders(commands.HoldVps).later(5),
        Errand.NOTHING,
    ),
    ("died while calling", lambda life: life.creating().later(30), Errand.DOUBT),
    ("accepted", lambda life: life.creating().takes(), Errand.LOOK),
    ("unknown", lambda life: life.creating().doubts(), Errand.LOOK),
    (
        "cancelled while calling, then accepted",
        lambda life: life.creating().cancels().takes(),
        Errand.OVERTAKE,
    ),
    ("asking for the key", Life.cancelled, Errand.ASK_RELEASE),
    (
        "the key is there",
        lambda life: life.cancelled().answered(CheckAnswer.GONE),
        Errand.ATTEMPT,
    ),
    (
        "the key is too old",
        lambda life: life.cancelled().answered(CheckAnswer.GONE).later(120),
        Errand.ASK_RELEASE,
    ),
    ("parked", Life.parked, Errand.NOTHING),
    ("ignored", lambda life: life.parked().orders(commands.IgnoreVps), Errand.NOTHING),
]


@pytest.mark.parametrize(
    ("build", "expected"), [row[1:] for row in _ERRANDS], ids=[row[0] for row in _ERRANDS]
)
def test_what_the_worker_does(build: Build, expected: Errand) -> None:
    life = build(Life())
    assert errand(life.state, life.now) is expected


def test_nobody_looks_after_a_call_before_it_is_surely_over() -> None:
    life = Life().creating()
    surely = timedelta(seconds=ATTEMPT_SECONDS + CALL_TIMEOUT_SECONDS)
    assert due_at(life.state) == life.now + surely


@pytest.mark.parametrize(
    ("build", "expected"),
    [
        (lambda life: life.creating().cancels(), False),
        (lambda life: life.creating().doubts().cancels(), False),
        (lambda life: life.ready().owes().begins().takes().pays(), False),
        (lambda life: life.creating().fails(), False),
    ],
    ids=["calling", "unknown", "a switch that was accepted", "still wanted"],
)
def test_what_is_not_overtaken(build: Build, expected: bool) -> None:  # noqa: FBT001 - a table's column
    life = build(Life())
    assert overtaken(life.state, life.now) is expected
