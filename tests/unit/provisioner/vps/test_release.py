"""The deletion confirmation: GHL is read back, and only a fresh `gone` confirms (H3)."""

from slipway.contracts import commands, vps
from slipway.contracts.subscriptions import CheckAnswer
from slipway.provisioner.vps.operation.next_step import NextStep, due_at, next_step

from tests.support.dsl.vps_history import VpsHistory

CONFIRMED, CONTRADICTED, UNKNOWN = CheckAnswer


def test_the_answer_gone_lets_the_delete_go_out() -> None:
    history = VpsHistory().confirmation_requested().later(3).confirmation_answered(CONFIRMED)
    assert history.event_names == ("ReleaseAnswered",)
    assert history.starts_attempt().event_names == ("AttemptStarted",)


def test_the_answers_paying_and_unknown_do_not() -> None:
    for answer in (CONTRADICTED, UNKNOWN):
        history = VpsHistory().confirmation_requested().confirmation_answered(answer)
        assert history.event_names == ("ReleaseAnswered",)
        assert history.starts_attempt().event_names == ()


def test_an_answer_for_another_nonce_confirms_nothing() -> None:
    assert (
        VpsHistory()
        .confirmation_requested()
        .confirmation_answered(CONFIRMED, nonce="made-up")
        .event_names
        == ()
    )


def test_an_answer_after_two_minutes_confirms_nothing() -> None:
    assert (
        VpsHistory()
        .confirmation_requested()
        .later(120)
        .confirmation_answered(CONFIRMED)
        .event_names
        == ()
    )
    assert VpsHistory().confirmation_requested().later(119).confirmation_answered(
        CONFIRMED
    ).event_names == ("ReleaseAnswered",)


def test_a_confirmation_is_valid_for_two_minutes_from_the_request() -> None:
    history = (
        VpsHistory().confirmation_requested().later(100).confirmation_answered(CONFIRMED).later(21)
    )
    assert history.starts_attempt().event_names == ()
    assert next_step(history.state, history.now) is NextStep.REQUEST_RELEASE


def test_the_same_answer_twice_confirms_once() -> None:
    assert (
        VpsHistory()
        .confirmation_requested()
        .confirmation_answered(CONFIRMED)
        .confirmation_answered(CONFIRMED)
        .event_names
        == ()
    )


def test_an_unanswered_request_is_repeated_with_growing_pauses() -> None:
    history, waits = VpsHistory().confirmation_requested(), []
    for _ in range(4):
        due = due_at(history.state)
        assert due is not None
        waits.append((due - history.now).total_seconds())
        history.later(waits[-1]).requests_confirmation()
    assert waits == [30, 60, 120, 120]


def test_an_answer_unknown_for_too_long_is_reported_once_and_an_admin_may_release() -> None:
    history = VpsHistory().confirmation_requested().later(900).requests_confirmation()
    assert history.event_names == ("ReleaseStalled",)
    assert history.requests_confirmation().event_names == ("ReleaseRequested",)
    assert history.later(3600).requests_confirmation().event_names == ("ReleaseRequested",)
    assert history.admin_sends(commands.ReleaseVps).starts_attempt().event_names == (
        "AttemptStarted",
    )


def test_a_stalled_release_continues_once_ghl_answers() -> None:
    history = (
        VpsHistory()
        .confirmation_requested()
        .later(900)
        .requests_confirmation()
        .later(3600)
        .requests_confirmation()
    )
    assert history.confirmed().event_names == ("AttemptStarted",)


def test_a_stalled_release_is_requested_every_ten_minutes_without_end() -> None:
    history, waits = VpsHistory().confirmation_requested().later(900).requests_confirmation(), []
    for _ in range(100):
        due = due_at(history.state)
        assert due is not None
        waits.append(max((due - history.now).total_seconds(), 0))
        history.later(waits[-1]).requests_confirmation()
    assert waits[:3] == [0, 60, 120]
    assert set(waits[5:]) == {600}


def test_a_stalled_deletion_is_dropped_when_the_customer_pays_again() -> None:
    history = VpsHistory().confirmation_requested().later(900).requests_confirmation().pays()
    assert history.event_names == ("DesiredStateChanged", "OperationSuperseded")


def test_an_admins_deletion_of_a_paying_customer_ends_with_the_answer() -> None:
    history = (
        VpsHistory()
        .ready()
        .admin_sends(commands.DeleteVps)
        .starts_operation()
        .confirmation_answered(CONTRADICTED)
    )
    assert history.event_names == ("ReleaseAnswered", "CommandRefused", "OperationSuperseded")
    [requested] = [one for one in history.events if isinstance(one, vps.DeletionRequested)]
    refused = history.latest[1]
    assert isinstance(refused, commands.CommandRefused)
    assert refused.command_id == requested.command_id
    assert "type the server's name" in refused.reason
    assert history.starts_operation().event_names == ()


def test_a_cancellation_that_ghl_contradicts_refuses_no_command() -> None:
    history = VpsHistory().confirmation_requested().confirmation_answered(CONTRADICTED)
    assert "CommandRefused" not in history.event_names


def test_an_admins_confirmation_does_not_expire() -> None:
    history = VpsHistory().confirmation_requested().admin_sends(commands.ReleaseVps).later(3600)
    assert history.starts_attempt().event_names == ("AttemptStarted",)


def test_only_a_deletion_requests_a_confirmation() -> None:
    assert VpsHistory().creating().attempt_fails().requests_confirmation().event_names == ()
    assert VpsHistory().ready().requests_confirmation().event_names == ()
