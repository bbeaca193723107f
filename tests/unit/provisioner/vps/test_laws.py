"""Invariants of every history of a VPS, for any order of steps, answers and commands."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st
from slipway.contracts import vps
from slipway.contracts.envelope import Event
from slipway.contracts.subscriptions import Verdict
from slipway.eventstore.documents import dump_state, load_state
from slipway.provisioner.vps.confirmation import CONFIRMATION_VALID
from slipway.provisioner.vps.decider import VPS
from slipway.provisioner.vps.state import Vps

from tests.support.builders.random_vps_history import HISTORIES, Step
from tests.support.dsl.vps_history import NOON, SETTLE, VpsHistory


def lived(happened: Sequence[Step]) -> VpsHistory:
    history = VpsHistory()
    for step in happened:
        step(history)
        check(history)
    return history


def check(history: VpsHistory) -> None:
    """Checks the state after every step."""
    state = history.state
    stuck = VPS.is_open(state) and VPS.due_at(state) is None
    assert not stuck, "open, and nobody will ever come (H13)"
    assert not (state.desired_state is None and state.operation is not None)


LOOKUPS = 3


@settings(max_examples=60)
@given(HISTORIES)
def test_the_laws_hold(happened: list[Step]) -> None:
    history = lived(happened)
    assert VPS.fold(history.events) == history.state
    stored = dump_state(Vps, history.state)
    assert load_state(Vps, stored) == history.state
    _one_operation_at_a_time(history.events)
    _no_second_create_while_one_is_unknown(history.events)
    _nothing_is_taken_away_without_its_keys(history.events)


def _one_operation_at_a_time(events: Sequence[Event]) -> None:
    under_way: str | None = None
    for event in events:
        match event:
            case vps.OperationStarted(operation_id=id_):
                assert under_way is None
                under_way = id_
            case (
                vps.VpsReady()
                | vps.VpsSuspended()
                | vps.VpsResumed()
                | vps.VpsDeleted()
                | vps.OperationSuperseded()
                | vps.ServerDiscarded()
                | vps.VpsIgnored()
            ):
                under_way = None
            case _:
                known = getattr(event, "operation_id", under_way)
                assert known == under_way


def _no_second_create_while_one_is_unknown(events: Sequence[Event]) -> None:
    """A create of unknown outcome is followed by three lookups past the settle window."""
    unknown_since: datetime | None = None
    lookups = 0
    for event in events:
        match event:
            case vps.AttemptOutcomeUnknown(step="create", decided_at=at):
                unknown_since, lookups = at, 1  # the lookup that ends it is an event of its own
            case vps.ServerLookedUp(provider_id=None):
                lookups += 1
            case vps.ServerLookedUp() | vps.OperationResolvedManually() | vps.ServerAdopted():
                unknown_since = None
            case vps.AttemptStarted(step="create", decided_at=at) if unknown_since is not None:
                assert at is not None
                assert lookups >= LOOKUPS
                assert at - unknown_since >= SETTLE
                unknown_since = None
            case _:
                pass


def _nothing_is_taken_away_without_its_keys(events: Sequence[Event]) -> None:
    """Each such call needs a fresh answer of its own, an admin, or a server that never worked."""
    for number, event in enumerate(events):
        if not isinstance(event, vps.AttemptStarted) or not _takes_away(event, events[:number]):
            continue
        began = _last(events[:number], vps.OperationStarted)
        since = events[began:number]
        assert event.decided_at is not None
        assert (
            any(isinstance(each, vps.ServerFailed) for each in since)
            or _last(since, vps.VpsReleased) > _last(since, vps.ReleaseRequested)
            or _ordered_by_name(events[:began])
            or event.decided_at - _confirmed_request_at(since) < CONFIRMATION_VALID
        )


def _takes_away(event: vps.AttemptStarted, before: Sequence[Event]) -> bool:
    was_ready = any(isinstance(each, vps.VpsReady) for each in before)
    return event.step in {"delete", "power_off"} or (event.step == "create" and was_ready)


def _last(events: Sequence[Event], *kinds: type[Event]) -> int:
    """Returns the index of the last of these events, or -1 if there is none."""
    return max((n for n, event in enumerate(events) if isinstance(event, kinds)), default=-1)


def _ordered_by_name(events: Sequence[Event]) -> bool:
    place = _last(events, vps.DeletionRequested)
    order = events[place] if place >= 0 else None
    named = isinstance(order, vps.DeletionRequested) and order.overridden
    return named and place > _last(events, vps.DesiredStateChanged, vps.CreationRequested)


def _confirmed_request_at(events: Sequence[Event]) -> datetime:
    """Returns when the answer was requested that the next attempt uses up."""
    place = _last(events, vps.ReleaseRequested)
    asked = events[place]
    assert isinstance(asked, vps.ReleaseRequested), "never asked"
    assert _last(events, vps.AttemptStarted) < place, "an attempt has used the answer up"
    answers = [
        (event.nonce, event.kind)
        for event in events[place:]
        if isinstance(event, vps.ReleaseAnswered) and event.answer == "confirmed"
    ]
    assert answers[:1] == [(asked.nonce, asked.kind)], "not answered"
    return asked.requested_at


ENTITLEMENTS = st.lists(
    st.tuples(
        st.sampled_from([Verdict.RUNNING, Verdict.SUSPENDED, Verdict.ABSENT]),
        st.sampled_from(["small", "large"]),
        st.sampled_from([None, NOON + timedelta(hours=1)]),
    ),
    min_size=1,
    max_size=6,
)


@settings(max_examples=40)
@given(HISTORIES, ENTITLEMENTS, st.data())
def test_the_desired_state_is_the_newest_entitlements_in_any_order_of_arrival(
    happened: list[Step],
    entitlements: list[tuple[Verdict, str, datetime | None]],
    data: st.DataObject,
) -> None:
    before = lived(happened)
    numbered = list(enumerate(entitlements, start=1000))
    repeated = numbered + data.draw(st.lists(st.sampled_from(numbered), max_size=4))
    shuffled = data.draw(st.permutations(repeated))
    wanted = before.state.desired_state
    for version, (verdict, plan, at) in shuffled:
        before.entitled(verdict, version=version, plan=plan, suspend_at=at, delete_at=at)
    version, (verdict, plan, at) = numbered[-1]
    assert before.state.source is not None
    assert before.state.source.version == version
    wanted = before.state.desired_state
    assert wanted is not None
    assert (wanted.desired.value, wanted.plan, wanted.delete_at) == (verdict.value, plan, at)


@settings(max_examples=30)
@given(HISTORIES, st.integers(0, 5))
def test_an_entitlement_that_is_not_newer_changes_nothing(happened: list[Step], older: int) -> None:
    history = lived(happened)
    assert history.state.source is not None
    version, before = history.state.source.version, history.state
    for verdict in (Verdict.RUNNING, Verdict.SUSPENDED, Verdict.ABSENT):
        assert history.entitled(verdict, version=max(version - older, 1)).event_names == ()
    assert history.state == before
