"""From a due operation to one call and its result."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from slipway.contracts import commands, vps
from slipway.contracts.vps import Fault, FaultKind, FaultScope, OperationKind, WithheldReason
from slipway.provisioner.vps.naming import external_name
from slipway.provisioner.vps.operation.attempts import Accepted, ConcludeAttempt
from slipway.provisioner.vps.operation.failures import (
    CAPACITY_ROUNDS,
    LAST_ACCOUNT_FAILURE,
    LAST_ATTEMPT,
    Failure,
)
from slipway.provisioner.vps.operation.state import Waiting
from slipway.provisioner.vps.state import Power

from tests.support.dsl.vps_history import INSTALLATION, SPEC, VPS_ID, VpsHistory, fault

LIMITED = fault(FaultKind.RATE_LIMITED, FaultScope.ACCOUNT)
DOWN = fault(FaultKind.TRANSIENT, FaultScope.ACCOUNT)
FULL = fault(FaultKind.CAPACITY)


def waits(history: VpsHistory) -> float:
    operation = history.state.operation
    assert operation is not None
    assert isinstance(operation.phase, Waiting)
    return (operation.phase.until - history.now).total_seconds()


def again(history: VpsHistory) -> VpsHistory:
    return history.later(waits(history)).starts_attempt()


def failing(why: Fault, times: int) -> VpsHistory:
    history = VpsHistory().creating()
    for _ in range(times - 1):
        again(history.attempt_fails(why))
    return history.attempt_fails(why)


def test_the_intent_comes_with_the_first_attempt() -> None:
    history = VpsHistory().creating()
    assert history.event_names == ("OperationStarted", "AttemptStarted")
    started = history.latest[0]
    assert isinstance(started, vps.OperationStarted)
    called = external_name(INSTALLATION, VPS_ID, 1)
    assert (started.external_name, started.labels) == (called.name, called.labels)
    assert started.generation == 1


def test_an_operation_is_started_once() -> None:
    assert VpsHistory().creating().starts_operation().event_names == ()


def test_a_deletion_begins_with_the_request_for_confirmation() -> None:
    assert VpsHistory().confirmation_requested().event_names == (
        "OperationStarted",
        "ReleaseRequested",
    )


def test_a_deletion_by_name_needs_no_confirmation() -> None:
    history = VpsHistory().ready()
    history.admin_sends(commands.DeleteVps, override_name=history.name).starts_operation()
    assert history.event_names == ("OperationStarted", "AttemptStarted")


def test_a_new_generation_only_after_the_old_server_is_gone() -> None:
    history = (
        VpsHistory()
        .creating()
        .attempt_fails()
        .later(5)
        .starts_attempt()
        .attempt_accepted()
        .observes(Power.ON)
    )
    assert history.state.generation == 1
    history.cancels().admin_sends(commands.DeleteVps, override_name=history.name)
    history.starts_operation().attempt_accepted().observes(None).pays().starts_operation()
    assert history.state.generation == 2


@pytest.mark.parametrize(
    ("build", "step"),
    [
        (VpsHistory.creating, "create"),
        (
            lambda history: history.create_accepted().observes(Power.OFF).later(2).starts_attempt(),
            "power_on",
        ),
        (VpsHistory.suspending, "power_off"),
        (lambda history: history.suspended().pays().starts_operation(), "power_on"),
        (VpsHistory.deleting, "delete"),
        (
            lambda history: (
                history.pays().admin_sends(commands.AdoptServer, provider_id="88").starts_attempt()
            ),
            "adopt",
        ),
    ],
    ids=["create", "created but off", "suspend", "resume", "delete", "adopt"],
)
def test_the_step_that_an_attempt_makes(
    build: Callable[[VpsHistory], VpsHistory], step: str
) -> None:
    started = build(VpsHistory()).latest[-1]
    assert isinstance(started, vps.AttemptStarted)
    assert started.step == step


@pytest.mark.parametrize(
    "build",
    [
        VpsHistory.creating,
        lambda history: history.creating().attempt_fails(),
        lambda history: history.creating().attempt_fails().admin_sends(commands.HoldVps).later(9),
        VpsHistory.confirmation_requested,
        VpsHistory.parked,
        lambda history: history,
    ],
    ids=["calling", "too early", "held", "not confirmed", "parked", "nothing to do"],
)
def test_no_attempt_goes_out(build: Callable[[VpsHistory], VpsHistory]) -> None:
    assert build(VpsHistory()).starts_attempt().event_names == ()


def test_a_late_answer_does_not_conclude_the_next_attempt() -> None:
    history = VpsHistory().creating()
    assert history.state.operation is not None
    late = ConcludeAttempt(
        history.now, history.state.operation.id, 1, Failure(fault(sent=False), 0.5)
    )
    # Meanwhile the outcome was unknown, lookups found nothing, and the call was repeated.
    history.later(30).outcome_unknown()
    for _ in range(3):
        history.later(11).observes(None)
    history.later(5).starts_attempt()
    assert history.phase == "Calling"
    assert history.handles(late).event_names == ()
    assert history.phase == "Calling"


def test_an_answer_for_another_operation_is_ignored() -> None:
    history = VpsHistory().creating()
    assert (
        history.handles(ConcludeAttempt(history.now, "another", 1, Accepted("1"))).event_names == ()
    )


def test_a_repeated_answer_counts_once() -> None:
    assert VpsHistory().create_accepted().attempt_accepted().event_names == ()


def test_transient_failures_back_off_and_park_after_the_last() -> None:
    history, seconds = VpsHistory().creating(), []
    for _ in range(LAST_ATTEMPT[FaultKind.TRANSIENT] - 1):
        history.attempt_fails()
        seconds.append(waits(history))
        again(history)
    assert seconds == [1, 2, 4, 8, 16, 32] + 9 * [60]
    assert sum(seconds) >= 600, "a provider may be away for ten minutes"
    assert history.attempt_fails().event_names == ("AttemptFailed", "OperationParked")


@pytest.mark.parametrize(
    ("kind", "attempts"),
    [
        (FaultKind.QUOTA, 16),
        (FaultKind.REJECTED, 1),
        (FaultKind.CONFIG, 1),
        (FaultKind.AUTH, 8),
    ],
)
def test_each_kind_of_fault_has_its_number_of_attempts(kind: FaultKind, attempts: int) -> None:
    if attempts > 1:
        assert failing(fault(kind), attempts - 1).phase == "Waiting"
    assert failing(fault(kind), attempts).phase == "Parked"


def test_without_capacity_the_next_region_is_tried_at_once_and_a_new_round_later() -> None:
    history = VpsHistory().creating()
    regions: list[str | None] = []
    for number in range(len(SPEC.regions) * CAPACITY_ROUNDS):
        started = history.latest[-1]
        assert isinstance(started, vps.AttemptStarted)
        regions.append(started.region)
        history.attempt_fails(FULL)
        if history.phase == "Waiting":
            assert waits(history) == (0 if number % 2 == 0 else 60)
            again(history)
    assert regions == ["fsn1", "nbg1"] * CAPACITY_ROUNDS
    assert history.phase == "Parked"


def test_the_providers_retry_after_is_respected_within_limits() -> None:
    assert waits(VpsHistory().creating().attempt_fails(retry_after_seconds=40)) == 40
    assert waits(VpsHistory().creating().attempt_fails(retry_after_seconds=9999)) == 300
    assert waits(VpsHistory().creating().attempt_fails(retry_after_seconds=-5)) == 1


def test_a_used_up_rate_limit_never_parks() -> None:
    history = failing(LIMITED, 30)
    assert history.phase == "Waiting"
    assert waits(history) == 1


def test_a_fault_of_the_account_backs_off_and_does_not_park_soon() -> None:
    history = failing(DOWN, 10)
    assert history.phase == "Waiting"
    assert waits(history) == 60


def test_a_fault_of_the_account_that_only_one_operation_meets_parks_it_in_the_end() -> None:
    assert failing(DOWN, LAST_ACCOUNT_FAILURE - 1).phase == "Waiting"
    assert failing(DOWN, LAST_ACCOUNT_FAILURE).phase == "Parked"


def test_failures_of_the_account_count_from_zero_once_a_call_is_accepted() -> None:
    history = (
        again(failing(DOWN, LAST_ACCOUNT_FAILURE - 1))
        .attempt_accepted()
        .observes(Power.OFF)
        .later(2)
        .starts_attempt()
    )
    assert history.attempt_fails(DOWN).phase == "Waiting"


def test_a_name_that_is_taken_leads_to_a_lookup() -> None:
    history = VpsHistory().creating().attempt_fails(fault(FaultKind.CONFLICT))
    assert history.event_names == ("AttemptOutcomeUnknown",)


def test_a_worker_that_died_before_the_answer_leaves_the_outcome_unknown() -> None:
    history = (
        VpsHistory()
        .creating()
        .later(30)
        .outcome_unknown(fault(FaultKind.OUTCOME_UNKNOWN, code="died"))
    )
    assert history.event_names == ("AttemptOutcomeUnknown",)
    assert history.later(60).starts_attempt().event_names == ()


def test_a_withheld_operation_is_reported_once_per_reason() -> None:
    history = VpsHistory().pays().is_withheld(WithheldReason.OBSERVE)
    assert history.event_names == ("OperationWithheld",)
    assert history.later(60).is_withheld(WithheldReason.OBSERVE).event_names == ()
    assert history.is_withheld(WithheldReason.ACCOUNT_PAUSED).event_names == ("OperationWithheld",)


def test_a_superseded_operation_is_dropped() -> None:
    history = VpsHistory().creating().cancels().attempt_accepted()
    assert history.event_names == ("AttemptAccepted", "OperationSuperseded")
    assert history.starts_operation().event_names == ("OperationStarted", "ReleaseRequested")


def test_an_operation_is_due_since_the_desired_state_or_the_end_of_its_grace() -> None:
    history = VpsHistory().ready()
    ends = history.now + timedelta(hours=2)
    started = history.payment_fails(suspend_at=ends).later(7201).starts_operation().latest[0]
    assert isinstance(started, vps.OperationStarted)
    assert started.kind is OperationKind.SUSPEND
    assert started.due_from == ends
