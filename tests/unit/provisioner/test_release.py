"""The two keys: we ask, GHL is read back, and only a fresh `gone` opens (H3)."""

from slipway.contracts import commands
from slipway.contracts.subscriptions import CheckAnswer
from slipway.provisioner.vps.operation import Errand, due_at, errand

from tests.support.builders.vps_life import Life

GONE, PAYING, UNKNOWN = CheckAnswer.GONE, CheckAnswer.PAYING, CheckAnswer.UNKNOWN


def test_gone_lets_the_delete_go_out() -> None:
    life = Life().cancelled().later(3).answered(GONE)
    assert life.said == ("ReleaseAnswered",)
    assert life.attempts().said == ("AttemptStarted",)


def test_paying_and_unknown_do_not() -> None:
    for answer in (PAYING, UNKNOWN):
        life = Life().cancelled().answered(answer)
        assert life.said == ("ReleaseAnswered",)
        assert life.attempts().said == ()


def test_an_answer_for_another_question_opens_nothing() -> None:
    assert Life().cancelled().answered(GONE, nonce="made-up").said == ()


def test_an_answer_after_two_minutes_opens_nothing() -> None:
    assert Life().cancelled().later(120).answered(GONE).said == ()
    assert Life().cancelled().later(119).answered(GONE).said == ("ReleaseAnswered",)


def test_a_key_is_good_for_two_minutes_from_the_question() -> None:
    life = Life().cancelled().later(100).answered(GONE).later(21)
    assert life.attempts().said == ()
    assert errand(life.state, life.now) is Errand.ASK_RELEASE


def test_the_same_answer_twice_turns_one_key() -> None:
    assert Life().cancelled().answered(GONE).answered(GONE).said == ()


def test_unanswered_it_is_asked_again_ever_later() -> None:
    life, waits = Life().cancelled(), []
    for _ in range(4):
        due = due_at(life.state)
        assert due is not None
        waits.append((due - life.now).total_seconds())
        life.later(waits[-1]).asks()
    assert waits == [30, 60, 120, 120]


def test_unknown_for_too_long_is_told_once_and_a_person_may_turn_the_key() -> None:
    life = Life().cancelled().later(900).asks()
    assert life.said == ("ReleaseStalled",)
    assert life.asks().said == ("ReleaseRequested",)
    assert life.later(3600).asks().said == ("ReleaseRequested",)
    assert life.orders(commands.ReleaseVps).attempts().said == ("AttemptStarted",)


def test_a_stalled_one_goes_on_by_itself_once_ghl_answers() -> None:
    life = Life().cancelled().later(900).asks().later(3600).asks()
    assert life.answered(GONE).attempts().said == ("AttemptStarted",)


def test_a_stalled_one_is_asked_for_every_ten_minutes_for_as_long_as_it_takes() -> None:
    life, waits = Life().cancelled().later(900).asks(), []
    for _ in range(100):
        due = due_at(life.state)
        assert due is not None
        waits.append(max((due - life.now).total_seconds(), 0))
        life.later(waits[-1]).asks()
    assert waits[:3] == [0, 60, 120]
    assert set(waits[5:]) == {600}


def test_a_stalled_one_that_is_paid_again_is_dropped() -> None:
    life = Life().cancelled().later(900).asks().pays()
    assert life.said == ("DesiredStateChanged", "OperationSuperseded")


def test_a_persons_delete_of_a_payer_ends_with_the_answer() -> None:
    life = Life().ready().orders(commands.DeleteVps).begins().answered(PAYING)
    assert life.said == ("ReleaseAnswered", "OperationSuperseded")
    assert life.begins().said == ()


def test_a_persons_key_does_not_grow_old() -> None:
    life = Life().cancelled().orders(commands.ReleaseVps).later(3600)
    assert life.attempts().said == ("AttemptStarted",)


def test_nobody_is_asked_about_anything_but_a_deletion() -> None:
    assert Life().creating().fails().asks().said == ()
    assert Life().ready().asks().said == ()
