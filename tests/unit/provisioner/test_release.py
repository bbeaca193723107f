"""The two keys: we ask, GHL is read back, and only a fresh `gone` opens (H3)."""

from slipway.contracts import commands
from slipway.contracts.subscriptions import CheckAnswer
from slipway.provisioner.vps.operation.next_step import NextStep, due_at, next_step

from tests.support.dsl.vps_history import VpsHistory

GONE, PAYING, UNKNOWN = CheckAnswer.GONE, CheckAnswer.PAYING, CheckAnswer.UNKNOWN


def test_gone_lets_the_delete_go_out() -> None:
    history = VpsHistory().confirmation_requested().later(3).confirmation_answered(GONE)
    assert history.event_names == ("ReleaseAnswered",)
    assert history.starts_attempt().event_names == ("AttemptStarted",)


def test_paying_and_unknown_do_not() -> None:
    for answer in (PAYING, UNKNOWN):
        history = VpsHistory().confirmation_requested().confirmation_answered(answer)
        assert history.event_names == ("ReleaseAnswered",)
        assert history.starts_attempt().event_names == ()


def test_an_answer_for_another_question_opens_nothing() -> None:
    assert (
        VpsHistory()
        .confirmation_requested()
        .confirmation_answered(GONE, nonce="made-up")
        .event_names
        == ()
    )


def test_an_answer_after_two_minutes_opens_nothing() -> None:
    assert (
        VpsHistory().confirmation_requested().later(120).confirmation_answered(GONE).event_names
        == ()
    )
    assert VpsHistory().confirmation_requested().later(119).confirmation_answered(
        GONE
    ).event_names == ("ReleaseAnswered",)


def test_a_key_is_good_for_two_minutes_from_the_question() -> None:
    history = VpsHistory().confirmation_requested().later(100).confirmation_answered(GONE).later(21)
    assert history.starts_attempt().event_names == ()
    assert next_step(history.state, history.now) is NextStep.REQUEST_RELEASE


def test_the_same_answer_twice_turns_one_key() -> None:
    assert (
        VpsHistory()
        .confirmation_requested()
        .confirmation_answered(GONE)
        .confirmation_answered(GONE)
        .event_names
        == ()
    )


def test_unanswered_it_is_asked_again_ever_later() -> None:
    history, waits = VpsHistory().confirmation_requested(), []
    for _ in range(4):
        due = due_at(history.state)
        assert due is not None
        waits.append((due - history.now).total_seconds())
        history.later(waits[-1]).requests_confirmation()
    assert waits == [30, 60, 120, 120]


def test_unknown_for_too_long_is_told_once_and_a_person_may_turn_the_key() -> None:
    history = VpsHistory().confirmation_requested().later(900).requests_confirmation()
    assert history.event_names == ("ReleaseStalled",)
    assert history.requests_confirmation().event_names == ("ReleaseRequested",)
    assert history.later(3600).requests_confirmation().event_names == ("ReleaseRequested",)
    assert history.admin_sends(commands.ReleaseVps).starts_attempt().event_names == (
        "AttemptStarted",
    )


def test_a_stalled_one_goes_on_by_itself_once_ghl_answers() -> None:
    history = (
        VpsHistory()
        .confirmation_requested()
        .later(900)
        .requests_confirmation()
        .later(3600)
        .requests_confirmation()
    )
    assert history.confirmation_answered(GONE).starts_attempt().event_names == ("AttemptStarted",)


def test_a_stalled_one_is_asked_for_every_ten_minutes_for_as_long_as_it_takes() -> None:
    history, waits = VpsHistory().confirmation_requested().later(900).requests_confirmation(), []
    for _ in range(100):
        due = due_at(history.state)
        assert due is not None
        waits.append(max((due - history.now).total_seconds(), 0))
        history.later(waits[-1]).requests_confirmation()
    assert waits[:3] == [0, 60, 120]
    assert set(waits[5:]) == {600}


def test_a_stalled_one_that_is_paid_again_is_dropped() -> None:
    history = VpsHistory().confirmation_requested().later(900).requests_confirmation().pays()
    assert history.event_names == ("DesiredStateChanged", "OperationSuperseded")


def test_a_persons_delete_of_a_payer_ends_with_the_answer() -> None:
    history = (
        VpsHistory()
        .ready()
        .admin_sends(commands.DeleteVps)
        .starts_operation()
        .confirmation_answered(PAYING)
    )
    assert history.event_names == ("ReleaseAnswered", "OperationSuperseded")
    assert history.starts_operation().event_names == ()


def test_a_persons_key_does_not_grow_old() -> None:
    history = VpsHistory().confirmation_requested().admin_sends(commands.ReleaseVps).later(3600)
    assert history.starts_attempt().event_names == ("AttemptStarted",)


def test_nobody_is_asked_about_anything_but_a_deletion() -> None:
    assert VpsHistory().creating().attempt_fails().requests_confirmation().event_names == ()
    assert VpsHistory().ready().requests_confirmation().event_names == ()
