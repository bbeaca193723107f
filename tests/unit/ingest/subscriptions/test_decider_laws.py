"""Properties of every history of a subscription, checked with Hypothesis."""

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
from slipway.contracts.vps import OperationKind
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

reads = st.builds(
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
any_step = st.one_of(
    st.tuples(st.just("read"), reads, nonces),
    st.tuples(st.just("check"), st.none(), nonces),
    st.tuples(st.just("answer"), st.none() | reads, nonces),
    st.tuples(st.just("request read"), st.none(), nonces),
    st.tuples(st.just("answer read"), st.none() | reads, nonces),
)


def command_of(step: tuple[str, Any, str], state: Subscription) -> Any:
    kind, read, name = step
    known = None if read is None else assessed(*read, previous=state.entitlement)
    match kind:
        case "read":
            return RecordAssessment(assessed(*read, previous=state.entitlement))
        case "check":
            return RequestCheck(ID, f"{ID}-1", OperationKind.DELETE, name, NOW)
        case "answer":
            return AnswerCheck(f"{ID}-1", OperationKind.DELETE, name, known)
        case "request read":
            return RequestRead(f"c-{name}", "user:a@example.com", NOW)
        case _:
            return AnswerRead(f"c-{name}", known)


def play(history: list[tuple[str, Any, str]]) -> tuple[list[Event], Subscription]:
    events: list[Event] = []
    state = SUBSCRIPTION.initial
    for step in history:
        new = SUBSCRIPTION.decide(command_of(step, state), state)
        events += new
        state = SUBSCRIPTION.fold(new, state)
    return events, state


@given(st.lists(any_step, max_size=12), any_step)
def test_the_same_command_again_changes_nothing(
    history: list[tuple[str, Any, str]], last: tuple[str, Any, str]
) -> None:
    _, state = play(history)
    command = command_of(last, state)
    once = SUBSCRIPTION.fold(SUBSCRIPTION.decide(command, state), state)
    again = command_of(last, once)
    assert list(SUBSCRIPTION.decide(again, once)) == []


@given(st.lists(any_step, max_size=15))
def test_folding_the_events_gives_the_state_even_after_a_round_trip_through_json(
    history: list[tuple[str, Any, str]],
) -> None:
    events, state = play(history)
    assert SUBSCRIPTION.fold(events) == state
    adapter = TypeAdapter(SUBSCRIPTION.state_type)
    assert adapter.validate_python(adapter.dump_python(state, mode="json")) == state


@given(st.lists(any_step, max_size=15))
def test_an_entitlement_ends_only_by_a_record_that_shows_the_end(
    history: list[tuple[str, Any, str]],
) -> None:
    events, _ = play(history)
    for event in events:
        assert isinstance(event, SubscriptionEvent)
        shows_the_end = event.entitlement.record.status == "canceled"
        assert not isinstance(event, EntitlementEnded) or shows_the_end
        if isinstance(event, EntitlementChecked) and event.answer is CheckAnswer.CONFIRMED:
            assert shows_the_end


@given(st.lists(any_step, max_size=15))
def test_a_quantity_is_never_below_one(history: list[tuple[str, Any, str]]) -> None:
    events, _ = play(history)
    quantities = [event.entitlement.quantity for event in events if hasattr(event, "entitlement")]
    assert all(quantity is None or quantity >= 1 for quantity in quantities)


@given(reads, st.integers(1, 10))
def test_read_the_same_record_again_creates_no_event(read: tuple[Any, Any], times: int) -> None:
    state = SUBSCRIPTION.initial
    events: list[Event] = []
    for n in range(times):
        found = assessed(*read, previous=state.entitlement, now=NOW + timedelta(minutes=n))
        new = SUBSCRIPTION.decide(RecordAssessment(found), state)
        events += new
        state = SUBSCRIPTION.fold(new, state)
    assert len(events) == 1
