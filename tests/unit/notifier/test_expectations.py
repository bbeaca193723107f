"""What should be proven by when: opened by an entitlement, closed by its proof, late otherwise."""

from datetime import datetime

import pytest
from slipway.contracts.incidents import (
    ExpectationDropped,
    ExpectationMet,
    ExpectationMissed,
    ExpectationOpened,
    ProvenStateNoted,
)
from slipway.contracts.subscriptions import Verdict
from slipway.contracts.vps import Desired, OperationKind
from slipway.notifier.expectations import decider as expectation
from slipway.notifier.expectations.commands import Command

from tests.support.builders.expectation_commands import (
    HOLD_BACK,
    OVERDUE_AFTER,
    START,
    after,
    check,
    end_hold_back,
    expect,
    minutes,
    prove,
)

RUNNING, SUSPENDED, ABSENT = Verdict.RUNNING, Verdict.SUSPENDED, Verdict.ABSENT
MADE = (expect(RUNNING), prove(Desired.RUNNING))
OFF = (*MADE, expect(SUSPENDED, 2), prove(Desired.SUSPENDED, 2))


def opened(*commands: Command) -> ExpectationOpened | None:
    """What the last of these commands opens."""
    *before, last = commands
    events = after(*before).when(last).events
    found = [event for event in events if isinstance(event, ExpectationOpened)]
    return found[0] if found else None


@pytest.mark.parametrize(
    ("before", "wish", "kind", "due_by"),
    [
        ((), expect(RUNNING), OperationKind.CREATE, minutes(2)),
        (OFF, expect(RUNNING, 3), OperationKind.RESUME, minutes(2)),
        (MADE, expect(SUSPENDED, 2), OperationKind.SUSPEND, minutes(2)),
        (MADE, expect(SUSPENDED, 2, suspend_at=minutes(60)), OperationKind.SUSPEND, minutes(62)),
        (MADE, expect(ABSENT, 2), OperationKind.DELETE, minutes(2)),
        (MADE, expect(ABSENT, 2, delete_at=minutes(1)), OperationKind.DELETE, minutes(3)),
        (MADE, expect(ABSENT, 2, delete_at=minutes(60)), OperationKind.SUSPEND, minutes(2)),
        (OFF, expect(ABSENT, 3, delete_at=minutes(60)), OperationKind.DELETE, minutes(62)),
        (OFF, expect(ABSENT, 3), OperationKind.DELETE, minutes(2)),
        ((expect(RUNNING),), expect(ABSENT, 2), OperationKind.DELETE, minutes(2)),
    ],
    ids=[
        *("paid", "paid again", "overdue", "overdue with grace", "cancelled"),
        *("cancelled with a moment's hold", "cancelled with hold", "cancelled with hold while off"),
        *("cancelled while off", "cancelled while creating"),
    ],
)
def test_an_entitlement_promises_a_change(
    before: tuple[Command, ...], wish: Command, kind: OperationKind, due_by: datetime
) -> None:
    found = opened(*before, wish)
    assert found is not None
    assert (found.kind, found.due_by, found.contact_id) == (kind, due_by, "contact-ada")


@pytest.mark.parametrize(
    ("before", "wish"),
    [
        (MADE, expect(RUNNING, 2)),
        (OFF, expect(SUSPENDED, 3)),
        ((), expect(ABSENT)),
        ((), expect(SUSPENDED)),
        ((), expect(Verdict.UNCHANGED)),
        (MADE, expect(Verdict.REFERRED, 2)),
    ],
    ids=["runs", "is off", "never was", "never ran", "not understood", "a person decides"],
)
def test_what_is_so_already_promises_nothing(before: tuple[Command, ...], wish: Command) -> None:
    after(*before).when(wish).then_nothing()


def test_a_proof_in_time_meets_it_and_nothing_is_late() -> None:
    after(expect(RUNNING)).when(prove(Desired.RUNNING)).then_types(ProvenStateNoted, ExpectationMet)
    after(*MADE).when(check(minutes(60))).then_nothing()


def test_what_is_not_proven_in_time_is_said_once() -> None:
    after(expect(RUNNING)).when(check(minutes(1.9))).then_nothing()
    after(expect(RUNNING)).when(check(minutes(2))).then_types(ExpectationMissed)
    after(expect(RUNNING), check(minutes(2))).when(check(minutes(3))).then_nothing()


def test_a_late_proof_still_meets_it() -> None:
    late = after(expect(RUNNING), check(minutes(2)))
    late.when(prove(Desired.RUNNING)).then_types(ProvenStateNoted, ExpectationMet)


def test_another_proof_than_the_awaited_one_meets_nothing() -> None:
    after(expect(RUNNING)).when(prove(Desired.ABSENT, 1)).then_types(ProvenStateNoted)


def test_a_change_of_mind_drops_what_was_awaited() -> None:
    cancelled = after(*MADE, expect(ABSENT, 2)).when(expect(RUNNING, 3))
    cancelled.then_types(ExpectationDropped)
    assert cancelled.state.expected is None


def test_reading_the_same_wish_again_does_not_put_the_promise_off() -> None:
    after(expect(RUNNING)).when(expect(RUNNING, 2, decided_at=minutes(1))).then_nothing()
    due = expect(SUSPENDED, 3, suspend_at=minutes(-5), decided_at=minutes(1))
    after(*MADE, expect(SUSPENDED, 2)).when(due).then_nothing()


class TestDuringAHold:
    HELD = (*MADE, expect(ABSENT, 2, delete_at=minutes(60)))

    def test_the_deletion_is_awaited_once_the_server_is_off(self) -> None:
        off = after(*self.HELD).when(prove(Desired.SUSPENDED, 2))
        off.then_types(ProvenStateNoted, ExpectationMet, ExpectationOpened)
        assert (off.state.expected.kind, off.state.expected.due_by) == (
            OperationKind.DELETE,
            minutes(62),
        )

    def test_a_server_that_stays_on_is_late(self) -> None:
        after(*self.HELD).when(check(minutes(2))).then_types(ExpectationMissed)

    def test_a_server_that_is_gone_is_off_as_well(self) -> None:
        gone = after(*self.HELD).when(prove(Desired.ABSENT, 2))
        assert gone.then_types(ProvenStateNoted, ExpectationMet).state.expected is None

    def test_a_longer_hold_moves_the_deletion_that_follows(self) -> None:
        longer = after(*self.HELD, expect(ABSENT, 3, delete_at=minutes(90)))
        off = longer.when(prove(Desired.SUSPENDED, 3))
        assert off.state.expected.due_by == minutes(92)

    def test_reading_it_again_changes_nothing(self) -> None:
        after(*self.HELD).when(expect(ABSENT, 3, delete_at=minutes(60))).then_nothing()


@pytest.mark.parametrize("moved_to", [30.0, 90.0], ids=["sooner", "later"])
def test_a_date_that_was_moved_moves_the_promise(moved_to: float) -> None:
    held = after(*OFF, expect(ABSENT, 3, delete_at=minutes(60)))
    moved = held.when(expect(ABSENT, 4, delete_at=minutes(moved_to)))
    moved.then_types(ExpectationDropped, ExpectationOpened)
    assert expectation.due_at(moved.state) == minutes(moved_to) + OVERDUE_AFTER


def test_a_hold_that_was_lifted_makes_it_due_at_once() -> None:
    held = after(*OFF, expect(ABSENT, 3, delete_at=minutes(60)))
    at_once = held.when(expect(ABSENT, 4))
    assert expectation.due_at(at_once.state) == START + OVERDUE_AFTER


class TestTheTwoTopicsAreReadInAnyOrder:
    """The proof may be read before the entitlement that it proves."""

    def test_a_deletion_proven_before_its_cancellation_was_read_awaits_nothing(self) -> None:
        read = after(expect(RUNNING), prove(Desired.ABSENT, 2))
        over = read.when(expect(ABSENT, 2)).then_types(ExpectationDropped)
        assert over.state.expected is None

    def test_a_whole_life_read_after_its_end_awaits_nothing(self) -> None:
        gone = after(prove(Desired.RUNNING, 1), prove(Desired.ABSENT, 2))
        gone.when(expect(RUNNING, 1)).then_nothing()
        gone.when(expect(ABSENT, 2)).then_nothing()

    def test_a_server_proven_to_run_although_it_should_be_off_is_awaited_to_go_off(self) -> None:
        running = after(expect(RUNNING, 1), prove(Desired.RUNNING, 2))
        running.when(expect(SUSPENDED, 2)).then_types(ExpectationOpened)

    def test_what_is_paid_for_again_after_a_deletion_is_awaited_again(self) -> None:
        gone = after(*MADE, expect(ABSENT, 2), prove(Desired.ABSENT, 2))
        gone.when(expect(RUNNING, 3)).then_types(ExpectationOpened)

    def test_a_second_cancellation_does_not_end_the_wait_for_the_deletion(self) -> None:
        cancelled = after(expect(RUNNING, 1), expect(ABSENT, 2))
        cancelled.when(expect(ABSENT, 3)).then_nothing()


class TestAPersonsDecisionStandsInItsWay:
    def test_nothing_is_late_meanwhile(self) -> None:
        held = after(expect(RUNNING)).when(HOLD_BACK).then_types(ExpectationDropped)
        assert expectation.due_at(held.state) is None

    def test_afterwards_the_promise_runs_from_then(self) -> None:
        again = after(expect(RUNNING), HOLD_BACK).when(end_hold_back(minutes(600)))
        again.then_types(ExpectationOpened)
        assert expectation.due_at(again.state) == minutes(602)

    def test_the_same_wish_stays_held_back(self) -> None:
        after(expect(RUNNING), HOLD_BACK).when(expect(RUNNING, 2)).then_nothing()

    def test_a_proof_ends_it(self) -> None:
        adopted = after(expect(RUNNING), HOLD_BACK, prove(Desired.RUNNING))
        adopted.when(end_hold_back(minutes(600))).then_nothing()

    def test_a_change_of_mind_ends_it(self) -> None:
        gone = after(expect(RUNNING), HOLD_BACK, prove(Desired.ABSENT, 2), expect(ABSENT, 2))
        gone.when(end_hold_back(minutes(600))).then_nothing()

    def test_going_on_without_having_been_held_back_changes_nothing(self) -> None:
        after(expect(RUNNING)).when(end_hold_back(minutes(1))).then_nothing()
