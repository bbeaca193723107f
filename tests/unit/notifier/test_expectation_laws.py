"""Laws of expectations that hold for any commands in any order."""

from hypothesis import given as over
from hypothesis import strategies as st
from slipway.contracts.codec import load_event
from slipway.contracts.incidents import ExpectationMissed
from slipway.contracts.subscriptions import Verdict
from slipway.contracts.vps import Desired
from slipway.notifier.expectations import decider as expectation
from slipway.notifier.expectations.commands import Command, Expect
from slipway.notifier.expectations.state import INITIAL, evolve

from tests.support.builders.expectation_commands import (
    HOLD_BACK,
    after,
    check,
    end_hold_back,
    expect,
    minutes,
    prove,
)

_versions = st.integers(1, 6)
_times = st.floats(0, 90).map(minutes)
_expects = st.builds(
    expect,
    st.sampled_from(Verdict),
    _versions,
    decided_at=_times,
    suspend_at=st.none() | _times,
    delete_at=st.none() | _times,
)
_proofs = st.builds(prove, st.sampled_from(Desired), _versions)
_commands = st.lists(
    st.one_of(_expects, _proofs, st.just(HOLD_BACK), _times.map(end_hold_back), _times.map(check)),
    max_size=12,
)


@over(_commands)
def test_the_state_is_the_fold_of_the_events(commands: list[Command]) -> None:
    state = INITIAL
    for command in commands:
        for event in expectation.decide(command, state):
            state = evolve(state, event)
    events = after(*commands).events
    again = [load_event(event.TYPE, event.model_dump(mode="json")) for event in events]
    assert expectation.DECIDER.fold(again) == state


@over(_commands, _commands.filter(bool))
def test_a_repeated_command_changes_nothing(before: list[Command], again: list[Command]) -> None:
    for command in again:
        after(*before, command).when(command).then_nothing()


@over(_commands)
def test_each_expectation_is_missed_once_at_most(commands: list[Command]) -> None:
    events = after(*commands).events
    for number, event in enumerate(events):
        if isinstance(event, ExpectationMissed):
            state = expectation.DECIDER.fold(events[:number])
            assert state.expected is not None
            assert not state.expected.missed


_LIFECYCLE: list[tuple[Expect, list[Command]]] = [
    (expect(Verdict.RUNNING, 1), [prove(Desired.RUNNING, 1)]),
    (expect(Verdict.SUSPENDED, 2), [prove(Desired.SUSPENDED, 2)]),
    (expect(Verdict.RUNNING, 3), [prove(Desired.RUNNING, 3)]),
    (
        expect(Verdict.ABSENT, 4, delete_at=minutes(60)),
        [prove(Desired.SUSPENDED, 4), prove(Desired.ABSENT, 4)],
    ),
]


@over(st.integers(1, len(_LIFECYCLE)), st.data())
def test_no_order_of_the_two_topics_makes_a_proven_change_overdue(
    length: int, data: st.DataObject
) -> None:
    entitlements: list[Command] = [entitlement for entitlement, _ in _LIFECYCLE[:length]]
    proofs = [proof for _, proven in _LIFECYCLE[:length] for proof in proven]
    commands: list[Command] = []
    while entitlements or proofs:
        queue = data.draw(st.sampled_from([one for one in (entitlements, proofs) if one]))
        commands.append(queue.pop(0))
    after(*commands).when(check(minutes(600))).then_nothing()
