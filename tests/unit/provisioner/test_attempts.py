"""From a due operation to one call and what came of it."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from slipway.contracts import commands, vps
from slipway.contracts.vps import Fault, FaultKind, FaultScope, OperationKind
from slipway.provisioner.vps.attempts import (
    CAPACITY_ROUNDS,
    LAST_ATTEMPT,
    LAST_SETBACK,
    Accepted,
    Conclude,
    Failure,
)
from slipway.provisioner.vps.naming import external_name
from slipway.provisioner.vps.state import Power, Waiting

from tests.support.builders.vps_life import INSTALLATION, SPEC, VPS_ID, Life, fault

LIMITED = fault(FaultKind.RATE_LIMITED, FaultScope.ACCOUNT)
DOWN = fault(FaultKind.TRANSIENT, FaultScope.ACCOUNT)
FULL = fault(FaultKind.CAPACITY)


def waits(life: Life) -> float:
    operation = life.state.operation
    assert operation is not None
    assert isinstance(operation.phase, Waiting)
    return (operation.phase.until - life.now).total_seconds()


def again(life: Life) -> Life:
    return life.later(waits(life)).attempts()


def failing(why: Fault, times: int) -> Life:
    life = Life().creating()
    for _ in range(times - 1):
        again(life.fails(why))
    return life.fails(why)


def test_the_intent_comes_with_the_first_attempt() -> None:
    life = Life().creating()
    assert life.said == ("OperationStarted", "AttemptStarted")
    started = life.latest[0]
    assert isinstance(started, vps.OperationStarted)
    called = external_name(INSTALLATION, VPS_ID, 1)
    assert (started.external_name, started.labels) == (called.name, called.labels)
    assert started.generation == 1


def test_begun_twice_is_begun_once() -> None:
    assert Life().creating().begins().said == ()


def test_a_deletion_begins_with_its_first_key() -> None:
    assert Life().cancelled().said == ("OperationStarted", "ReleaseRequested")


def test_a_deletion_by_name_needs_no_second_key() -> None:
    life = Life().ready()
    life.orders(commands.DeleteVps, override_name=life.name).begins()
    assert life.said == ("OperationStarted", "AttemptStarted")


def test_a_new_generation_only_after_the_old_server_is_gone() -> None:
    life = Life().creating().fails().later(5).attempts().takes().sees(Power.ON)
    assert life.state.generation == 1
    life.cancels().orders(commands.DeleteVps, override_name=life.name)
    life.begins().takes().sees(None).pays().begins()
    assert life.state.generation == 2


@pytest.mark.parametrize(
    ("build", "step"),
    [
        (Life.creating, "create"),
        (lambda life: life.creating().takes().sees(Power.OFF).later(2).attempts(), "power_on"),
        (lambda life: life.ready().owes().begins(), "power_off"),
        (lambda life: life.suspended().pays().begins(), "power_on"),
        (Life.deleting, "delete"),
        (
            lambda life: life.pays().orders(commands.AdoptServer, provider_id="88").attempts(),
            "adopt",
        ),
    ],
    ids=["create", "made but off", "suspend", "resume", "delete", "adopt"],
)
def test_what_goes_out(build: Callable[[Life], Life], step: str) -> None:
    started = build(Life()).latest[-1]
    assert isinstance(started, vps.AttemptStarted)
    assert started.step == step


@pytest.mark.parametrize(
    "build",
    [
        Life.creating,
        lambda life: life.creating().fails(),
        lambda life: life.creating().fails().orders(commands.HoldVps).later(9),
        Life.cancelled,
        Life.parked,
        lambda life: life,
    ],
    ids=["calling", "too early", "held", "no key", "parked", "nothing to do"],
)
def test_no_attempt_goes_out(build: Callable[[Life], Life]) -> None:
    assert build(Life()).attempts().said == ()


def test_an_answer_that_comes_late_is_not_taken_for_the_next_attempts() -> None:
    life = Life().creating()
    assert life.state.operation is not None
    late = Conclude(life.now, life.state.operation.id, 1, Failure(fault(sent=False), 0.5))
    # Meanwhile it was doubted, looked for in vain, and called again.
    life.later(30).doubts()
    for _ in range(3):
        life.later(11).sees(None)
    life.later(5).attempts()
    assert life.phase == "Calling"
    assert life.does(late).said == ()
    assert life.phase == "Calling"


def test_an_answer_for_another_operation_is_passed_over() -> None:
    life = Life().creating()
    assert life.does(Conclude(life.now, "another", 1, Accepted("1"))).said == ()


def test_an_answer_twice_is_one_answer() -> None:
    assert Life().creating().takes().takes().said == ()


def test_transient_failures_back_off_and_park_after_the_last() -> None:
    life, seconds = Life().creating(), []
    for _ in range(LAST_ATTEMPT[FaultKind.TRANSIENT] - 1):
        life.fails()
        seconds.append(waits(life))
        again(life)
    assert seconds == [1, 2, 4, 8, 16, 32] + 9 * [60]
    assert sum(seconds) >= 600, "a provider may be away for ten minutes"
    assert life.fails().said == ("AttemptFailed", "OperationParked")


@pytest.mark.parametrize(
    ("kind", "attempts"),
    [
        (FaultKind.QUOTA, 3),
        (FaultKind.REJECTED, 1),
        (FaultKind.CONFIG, 1),
        (FaultKind.AUTH, 8),
    ],
)
def test_how_often_each_kind_is_tried(kind: FaultKind, attempts: int) -> None:
    if attempts > 1:
        assert failing(fault(kind), attempts - 1).phase == "Waiting"
    assert failing(fault(kind), attempts).phase == "Parked"


def test_without_room_the_next_region_is_tried_at_once_and_a_round_later() -> None:
    life = Life().creating()
    regions: list[str | None] = []
    for number in range(len(SPEC.regions) * CAPACITY_ROUNDS):
        started = life.latest[-1]
        assert isinstance(started, vps.AttemptStarted)
        regions.append(started.region)
        life.fails(FULL)
        if life.phase == "Waiting":
            assert waits(life) == (0 if number % 2 == 0 else 60)
            again(life)
    assert regions == ["fsn1", "nbg1"] * CAPACITY_ROUNDS
    assert life.phase == "Parked"


def test_what_the_provider_asks_to_wait_is_waited_within_reason() -> None:
    assert waits(Life().creating().fails(retry_after_seconds=40)) == 40
    assert waits(Life().creating().fails(retry_after_seconds=9999)) == 300
    assert waits(Life().creating().fails(retry_after_seconds=-5)) == 1


def test_a_used_up_rate_limit_never_parks() -> None:
    life = failing(LIMITED, 30)
    assert life.phase == "Waiting"
    assert waits(life) == 1


def test_an_accounts_fault_backs_off_and_parks_nobody_soon() -> None:
    life = failing(DOWN, 10)
    assert life.phase == "Waiting"
    assert waits(life) == 60


def test_an_accounts_fault_that_only_this_one_has_is_its_own_in_the_end() -> None:
    assert failing(DOWN, LAST_SETBACK - 1).phase == "Waiting"
    assert failing(DOWN, LAST_SETBACK).phase == "Parked"


def test_setbacks_count_anew_once_the_provider_took_a_call() -> None:
    life = again(failing(DOWN, LAST_SETBACK - 1)).takes().sees(Power.OFF).later(2).attempts()
    assert life.fails(DOWN).phase == "Waiting"


def test_a_name_that_is_taken_is_looked_up_before_anything_else() -> None:
    life = Life().creating().fails(fault(FaultKind.CONFLICT))
    assert life.said == ("AttemptOutcomeUnknown",)


def test_death_before_the_answer_is_doubt() -> None:
    life = Life().creating().later(30).doubts(fault(FaultKind.OUTCOME_UNKNOWN, code="died"))
    assert life.said == ("AttemptOutcomeUnknown",)
    assert life.later(60).attempts().said == ()


def test_what_withholds_it_is_said_once() -> None:
    life = Life().pays().withheld("observe")
    assert life.said == ("OperationWithheld",)
    assert life.later(60).withheld("observe").said == ()
    assert life.withheld("scope-paused").said == ("OperationWithheld",)


def test_overtaken_is_dropped() -> None:
    life = Life().creating().cancels().takes().overtakes()
    assert life.said == ("OperationSuperseded",)
    assert life.begins().said == ("OperationStarted", "ReleaseRequested")


def test_due_since_when_it_was_wanted_or_its_grace_ended() -> None:
    life = Life().ready()
    ends = life.now + timedelta(hours=2)
    started = life.owes(suspend_at=ends).later(7201).begins().latest[0]
    assert isinstance(started, vps.OperationStarted)
    assert started.kind is OperationKind.SUSPEND
    assert started.due_from == ends
