"""The subscription's decider: changes are published once, and checks are answered once."""

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
from slipway.contracts.vps import OperationKind
from slipway.ingest.subscriptions.decider import (
    SUBSCRIPTION,
    AnswerCheck,
    AnswerRead,
    RecordAssessment,
    RequestCheck,
    RequestRead,
)
from slipway.ingest.subscriptions.events import event_of

from tests.support.builders.ghl_records import NOW, assessed, item, order, record
from tests.support.dsl.deciding import Given, given

ACTIVE = assessed()
ID = ACTIVE.entitlement.subscription_id
VPS = f"{ID}-1"
CREATE, DELETE, SUSPEND = OperationKind.CREATE, OperationKind.DELETE, OperationKind.SUSPEND
CHECK = RequestCheck(ID, VPS, DELETE, "nonce1", NOW)


def known() -> Given:
    return given(SUBSCRIPTION).after([RecordAssessment(ACTIVE)])


def test_the_first_read_grants_the_whole_entitlement() -> None:
    decided = given(SUBSCRIPTION).when(RecordAssessment(ACTIVE))
    decided.then(EntitlementGranted(entitlement=ACTIVE.entitlement))


def test_an_unchanged_record_creates_no_event() -> None:
    later = assessed(previous=ACTIVE.entitlement, now=NOW + timedelta(hours=1))
    known().when(RecordAssessment(later)).then_nothing()


def test_a_changed_price_is_an_event() -> None:
    changed = assessed(None, order(item("price_medium")), previous=ACTIVE.entitlement)
    decided = known().when(RecordAssessment(changed)).then_types(EntitlementGranted)
    assert decided.state.entitlement.plan == "medium"


def test_a_newly_mapped_price_is_an_event_although_the_record_is_the_same() -> None:
    unmapped = assessed(None, order(item("price_mystery")))
    start = given(SUBSCRIPTION).after([RecordAssessment(unmapped)])
    mapped = assessed(previous=unmapped.entitlement)
    start.when(RecordAssessment(mapped)).then_types(EntitlementGranted)


def test_an_unmapped_price_in_test_mode_raises_no_incident() -> None:
    found = assessed(record(liveMode=False), order(item("price_mystery")))
    events = given(SUBSCRIPTION).when(RecordAssessment(found)).events
    assert not isinstance(events[0], PlanUnmapped)


def test_a_price_that_is_no_vps_is_recognised() -> None:
    found = assessed(None, order(item("price_coaching")))
    given(SUBSCRIPTION).when(RecordAssessment(found)).then_types(NotVpsRecognised)


def test_a_change_from_a_vps_price_to_another_product_is_not_understood() -> None:
    found = assessed(None, order(item("price_coaching")), previous=ACTIVE.entitlement)
    decided = known().when(RecordAssessment(found)).then_types(SubscriptionNotUnderstood)
    assert decided.state.entitlement.verdict is Verdict.UNCHANGED


def test_a_check_is_requested_once_and_answered_once() -> None:
    known().when(CHECK).then_types(EntitlementCheckRequested)
    requested = known().after([CHECK])
    requested.when(CHECK).then_nothing()
    ended = assessed(record(status="canceled"), previous=ACTIVE.entitlement)
    answer = AnswerCheck(VPS, DELETE, "nonce1", ended)
    requested.when(answer).then_types(EntitlementEnded, EntitlementChecked)
    requested.after([answer]).when(answer).then_nothing()
    requested.after([answer]).when(CHECK).then_nothing()


@pytest.mark.parametrize(
    ("status", "answer"),
    [
        ("canceled", CheckAnswer.CONFIRMED),
        ("expired", CheckAnswer.CONFIRMED),
        ("active", CheckAnswer.CONTRADICTED),
        ("trialing", CheckAnswer.CONTRADICTED),
        ("past_due", CheckAnswer.CONTRADICTED),
        ("unpaid", CheckAnswer.CONTRADICTED),
        ("paused", CheckAnswer.CONTRADICTED),
        ("incomplete", CheckAnswer.UNKNOWN),
        ("refunded", CheckAnswer.UNKNOWN),
        ("quantum", CheckAnswer.UNKNOWN),
        (None, CheckAnswer.UNKNOWN),
    ],
)
def test_a_deletion_is_confirmed_only_by_a_record_that_shows_the_end(
    status: object, answer: CheckAnswer
) -> None:
    found = assessed(record(status=status), previous=ACTIVE.entitlement)
    event = known().after([CHECK]).when(AnswerCheck(VPS, DELETE, "nonce1", found)).events[-1]
    assert isinstance(event, EntitlementChecked)
    assert (event.answer, event.nonce) == (answer, "nonce1")


def test_a_record_that_cannot_be_read_is_answered_with_unknown() -> None:
    event = known().after([CHECK]).when(AnswerCheck(VPS, DELETE, "nonce1", None)).events[-1]
    assert isinstance(event, EntitlementChecked)
    assert event.answer is CheckAnswer.UNKNOWN
    assert event.entitlement == ACTIVE.entitlement


def test_an_answer_to_an_unknown_nonce_is_ignored() -> None:
    ended = assessed(record(status="canceled"), previous=ACTIVE.entitlement)
    known().when(AnswerCheck(VPS, DELETE, "invented", ended)).then_nothing()


def test_a_check_of_a_subscription_with_a_lost_stream_is_still_answered_by_ghl() -> None:
    decided = given(SUBSCRIPTION).when(CHECK).then_types(EntitlementCheckRequested)
    assert SUBSCRIPTION.due_at(decided.state) == NOW
    answered = given(SUBSCRIPTION).after([CHECK]).when(AnswerCheck(VPS, DELETE, "nonce1", ACTIVE))
    answered.then_types(EntitlementGranted, EntitlementChecked)


def test_a_subscription_is_due_while_a_request_is_pending() -> None:
    requested = known().after([CHECK, RequestRead("command1", "user:a@example.com", NOW)])
    state = SUBSCRIPTION.fold(requested.events)
    assert (SUBSCRIPTION.due_at(state), SUBSCRIPTION.is_open(state)) == (NOW, True)
    done = requested.after([AnswerCheck(VPS, DELETE, "nonce1", None), AnswerRead("command1", None)])
    state = SUBSCRIPTION.fold(done.events)
    assert SUBSCRIPTION.due_at(state) == NOW + timedelta(days=1), "its record is watched"


@pytest.mark.parametrize("status", ["canceled", "pending"])
def test_a_subscription_without_a_server_is_not_due(status: str) -> None:
    state = SUBSCRIPTION.fold([event_of(assessed(record(status=status)))])
    assert (SUBSCRIPTION.due_at(state), SUBSCRIPTION.is_open(state)) == (None, False)


def test_a_read_for_an_admin_reports_its_result_once() -> None:
    request = RequestRead("command1", "user:a@example.com", NOW)
    requested = known().after([request])
    requested.when(request).then_nothing()
    same = assessed(previous=ACTIVE.entitlement)
    event = requested.when(AnswerRead("command1", same)).events[-1]
    assert isinstance(event, RecordRead)
    assert (event.found, event.changed) == (True, False)
    missing = requested.when(AnswerRead("command1", None)).events[-1]
    assert isinstance(missing, RecordRead)
    assert missing.found is False
    given(SUBSCRIPTION).when(request).then_nothing()
