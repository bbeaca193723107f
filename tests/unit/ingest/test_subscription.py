"""The subscription's decider: news is published once, whole; checks are answered once, by proof."""

from datetime import timedelta

import pytest
from slipway.contracts.subscriptions import (
    CheckAnswer,
    EntitlementChecked,
    EntitlementCheckRequested,
    EntitlementEnded,
    EntitlementGranted,
    NotVpsRecognised,
    PlanUnmapped,
    RecordRead,
    SubscriptionNotUnderstood,
    Verdict,
)
from slipway.ingest.subscriptions.decider import (
    SUBSCRIPTION,
    AnswerCheck,
    AnswerRead,
    RecordAssessment,
    RequestCheck,
    RequestRead,
)

from tests.support.builders.ghl_records import NOW, assessed, item, order, record
from tests.support.dsl.deciding import Given, given

ACTIVE = assessed()
ID = ACTIVE.entitlement.subscription_id
VPS = f"{ID}-1"
ASK = RequestCheck(ID, VPS, "nonce1", NOW)


def known() -> Given:
    return given(SUBSCRIPTION).after([RecordAssessment(ACTIVE)])


def test_the_first_reading_grants_with_the_whole_entitlement() -> None:
    decided = given(SUBSCRIPTION).when(RecordAssessment(ACTIVE))
    decided.then(EntitlementGranted(entitlement=ACTIVE.entitlement))


def test_the_same_facts_read_later_are_no_news() -> None:
    later = assessed(previous=ACTIVE.entitlement, now=NOW + timedelta(hours=1))
    known().when(RecordAssessment(later)).then_nothing()


def test_a_price_changed_is_news() -> None:
    moved = assessed(None, order(item("price_medium")), previous=ACTIVE.entitlement)
    decided = known().when(RecordAssessment(moved)).then_types(EntitlementGranted)
    assert decided.state.entitlement.plan == "medium"


def test_the_plan_mapped_at_last_is_news_though_the_record_is_the_same() -> None:
    unmapped = assessed(None, order(item("price_mystery")))
    start = given(SUBSCRIPTION).after([RecordAssessment(unmapped)])
    mapped = assessed(previous=unmapped.entitlement)
    start.when(RecordAssessment(mapped)).then_types(EntitlementGranted)


def test_an_unmapped_price_in_test_mode_troubles_nobody() -> None:
    found = assessed(record(liveMode=False), order(item("price_mystery")))
    events = given(SUBSCRIPTION).when(RecordAssessment(found)).events
    assert not isinstance(events[0], PlanUnmapped)


def test_a_price_that_is_no_vps_is_recognised() -> None:
    found = assessed(None, order(item("price_coaching")))
    given(SUBSCRIPTION).when(RecordAssessment(found)).then_types(NotVpsRecognised)


def test_moving_from_a_vps_to_what_is_none_is_for_a_person() -> None:
    found = assessed(None, order(item("price_coaching")), previous=ACTIVE.entitlement)
    decided = known().when(RecordAssessment(found)).then_types(SubscriptionNotUnderstood)
    assert decided.state.entitlement.verdict is Verdict.UNCHANGED


def test_a_check_is_asked_once_and_answered_once() -> None:
    known().when(ASK).then_types(EntitlementCheckRequested)
    asked = known().after([ASK])
    asked.when(ASK).then_nothing()
    ended = assessed(record(status="canceled"), previous=ACTIVE.entitlement)
    answer = AnswerCheck(VPS, "nonce1", ended)
    asked.when(answer).then_types(EntitlementEnded, EntitlementChecked)
    asked.after([answer]).when(answer).then_nothing()
    asked.after([answer]).when(ASK).then_nothing()


@pytest.mark.parametrize(
    ("status", "answer"),
    [
        ("canceled", CheckAnswer.GONE),
        ("expired", CheckAnswer.GONE),
        ("active", CheckAnswer.PAYING),
        ("trialing", CheckAnswer.PAYING),
        ("past_due", CheckAnswer.PAYING),
        ("unpaid", CheckAnswer.PAYING),
        ("paused", CheckAnswer.PAYING),
        ("incomplete", CheckAnswer.UNKNOWN),
        ("refunded", CheckAnswer.UNKNOWN),
        ("quantum", CheckAnswer.UNKNOWN),
        (None, CheckAnswer.UNKNOWN),
    ],
)
def test_the_second_key_turns_only_on_a_record_that_shows_the_end(
    status: object, answer: CheckAnswer
) -> None:
    found = assessed(record(status=status), previous=ACTIVE.entitlement)
    event = known().after([ASK]).when(AnswerCheck(VPS, "nonce1", found)).events[-1]
    assert isinstance(event, EntitlementChecked)
    assert (event.answer, event.nonce) == (answer, "nonce1")


def test_a_record_that_cannot_be_read_is_unknown_to_the_second_key() -> None:
    event = known().after([ASK]).when(AnswerCheck(VPS, "nonce1", None)).events[-1]
    assert isinstance(event, EntitlementChecked)
    assert event.answer is CheckAnswer.UNKNOWN
    assert event.entitlement == ACTIVE.entitlement


def test_an_answer_to_a_nonce_nobody_issued_is_none() -> None:
    ended = assessed(record(status="canceled"), previous=ACTIVE.entitlement)
    known().when(AnswerCheck(VPS, "invented", ended)).then_nothing()


def test_a_check_for_a_subscription_we_forgot_is_still_asked_of_ghl() -> None:
    decided = given(SUBSCRIPTION).when(ASK).then_types(EntitlementCheckRequested)
    assert SUBSCRIPTION.due_at(decided.state) == NOW
    answered = given(SUBSCRIPTION).after([ASK]).when(AnswerCheck(VPS, "nonce1", ACTIVE))
    answered.then_types(EntitlementGranted, EntitlementChecked)


def test_it_is_due_while_a_question_is_open() -> None:
    asked = known().after([ASK, RequestRead("command1", "user:a@example.com", NOW)])
    state = SUBSCRIPTION.fold(asked.events)
    assert (SUBSCRIPTION.due_at(state), SUBSCRIPTION.is_open(state)) == (NOW, True)
    done = asked.after([AnswerCheck(VPS, "nonce1", None), AnswerRead("command1", None)])
    state = SUBSCRIPTION.fold(done.events)
    assert (SUBSCRIPTION.due_at(state), SUBSCRIPTION.is_open(state)) == (None, False)


def test_a_persons_read_says_what_it_found_once() -> None:
    ask = RequestRead("command1", "user:a@example.com", NOW)
    asked = known().after([ask])
    asked.when(ask).then_nothing()
    same = assessed(previous=ACTIVE.entitlement)
    event = asked.when(AnswerRead("command1", same)).events[-1]
    assert isinstance(event, RecordRead)
    assert (event.found, event.changed) == (True, False)
    missing = asked.when(AnswerRead("command1", None)).events[-1]
    assert isinstance(missing, RecordRead)
    assert missing.found is False
    given(SUBSCRIPTION).when(ask).then_nothing()
