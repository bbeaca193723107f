"""Laws that hold for every history of a subscription, found or refuted by Hypothesis."""

from datetime import timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter
from slipway.contracts.envelope import Event
from slipway.contracts.subscriptions import (
    CheckAnswer,
    EntitlementChecked,
    EntitlementEnded,
    SubscriptionEvent,
)
from slipway.ingest.subscriptions.decider import (
    SUBSCRIPTION,
    AnswerCheck,
    AnswerRead,
    RecordAssessment,
    RequestCheck,
    RequestRead,
)
from slipway.ingest.subscriptions.state import Subscription

from tests.support.builders.ghl_records import LOCATION, NOW, assessed, item, order, record
from tests.support.builders.ghl_records import SUBSCRIPTION as GHL_ID

ID = f"{LOCATION}:{GHL_ID}"

readings = st.builds(
    lambda status, price, qty, live: (
        record(status=status, liveMode=live),
        order(item(price, qty)),
    ),
    st.sampled_from(["active", "past_due", "canceled", "quantum", "trialing", "refunded", None]),
    st.sampled_from(["price_small", "price_medium", "price_mystery", "price_coaching"]),
    st.sampled_from([1, 2, "3", 0, "", None]),
    st.booleans(),
)
nonces = st.sampled_from(["n1", "n2", "n3"])
steps = st.one_of(
    st.tuples(st.just("read"), readings, nonces),
    st.tuples(st.just("ask"), st.none(), nonces),
    st.tuples(st.just("answer"), st.none() | readings, nonces),
    st.tuples(st.just("person"), st.none(), nonces),
    st.tuples(st.just("told"), st.none() | readings, nonces),
)


def command_of(step: tuple[str, Any, str], state: Subscription) -> Any:
    kind, reading, name = step
    known = None if reading is None else assessed(*reading, previous=state.entitlement)
    match kind:
        case "read":
            return RecordAssessment(assessed(*reading, previous=state.entitlement))
        case "ask":
            return RequestCheck(ID, f"{ID}-1", name, NOW)
        case "answer":
            return AnswerCheck(f"{ID}-1", name, known)
        case "person":
            return RequestRead(f"c-{name}", "user:a@example.com", NOW)
        case _:
            return AnswerRead(f"c-{name}", known)


def played(story: list[tuple[str, Any, str]]) -> tuple[list[Event], Subscription]:
    events: list[Event] = []
    state = SUBSCRIPTION.initial
    for step in story:
        new = SUBSCRIPTION.decide(command_of(step, state), state)
        events += new
        state = SUBSCRIPTION.fold(new, state)
    return events, state


@given(st.lists(steps, max_size=12), steps)
def test_the_same_command_again_changes_nothing(
    story: list[tuple[str, Any, str]], last: tuple[str, Any, str]
) -> None:
    _, state = played(story)
    command = command_of(last, state)
    once = SUBSCRIPTION.fold(SUBSCRIPTION.decide(command, state), state)
    again = command_of(last, once)
    assert list(SUBSCRIPTION.decide(again, once)) == []


@given(st.lists(steps, max_size=15))
def test_folding_the_events_gives_the_state_also_through_the_store(
    story: list[tuple[str, Any, str]],
) -> None:
    events, state = played(story)
    assert SUBSCRIPTION.fold(events) == state
    adapter = TypeAdapter(SUBSCRIPTION.state_type)
    assert adapter.validate_python(adapter.dump_python(state, mode="json")) == state


@given(st.lists(steps, max_size=15))
def test_no_server_is_let_go_but_by_a_record_that_shows_the_end(
    story: list[tuple[str, Any, str]],
) -> None:
    events, _ = played(story)
    for event in events:
        assert isinstance(event, SubscriptionEvent)
        shows_the_end = event.entitlement.record.status == "canceled"
        assert not isinstance(event, EntitlementEnded) or shows_the_end
        if isinstance(event, EntitlementChecked) and event.answer is CheckAnswer.GONE:
            assert shows_the_end


@given(st.lists(steps, max_size=15))
def test_a_quantity_is_never_below_one(story: list[tuple[str, Any, str]]) -> None:
    events, _ = played(story)
    quantities = [event.entitlement.quantity for event in events if hasattr(event, "entitlement")]
    assert all(quantity is None or quantity >= 1 for quantity in quantities)


@given(readings, st.integers(1, 10))
def test_how_often_and_when_a_record_is_read_makes_no_difference(
    reading: tuple[Any, Any], times: int
) -> None:
    state = SUBSCRIPTION.initial
    events: list[Event] = []
    for n in range(times):
        found = assessed(*reading, previous=state.entitlement, now=NOW + timedelta(minutes=n))
        new = SUBSCRIPTION.decide(RecordAssessment(found), state)
        events += new
        state = SUBSCRIPTION.fold(new, state)
    assert len(events) == 1
