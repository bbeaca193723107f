"""Expectations: opened by an entitlement, met by a proof, otherwise missed."""

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
CREATED = (expect(RUNNING), prove(Desired.RUNNING))
OFF = (*CREATED, expect(SUSPENDED, 2), prove(Desired.SUSPENDED, 2))


def opened(*commands: Command) -> ExpectationOpened | None:
    """Return the expectation that the last command opens."""
    *before, last = commands
    events = after(*before).when(last).events
    found = [event for event in events if isinstance(event, ExpectationOpened)]
    return found[0] if found else None


@pytest.mark.parametrize(
    ("before", "command", "kind", "due_by"),
    [
        ((), expect(RUNNING), OperationKind.CREATE, minutes(2)),
        (OFF, expect(RUNNING, 3), OperationKind.RESUME, minutes(2)),
        (CREATED, expect(SUSPENDED, 2), OperationKind.SUSPEND, minutes(2)),
        (CREATED, expect(SUSPENDED, 2, suspend_at=minutes(60)), OperationKind.SUSPEND, minutes(62)),
        (CREATED, expect(ABSENT, 2), OperationKind.DELETE, minutes(2)),
        (CREATED, expect(ABSENT, 2, delete_at=minutes(1)), OperationKind.DELETE, minutes(3)),
        (CREATED, expect(ABSENT, 2, delete_at=minutes(60)), OperationKind.SUSPEND, minutes(2)),
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
def test_an_entitlement_opens_an_expectation(
    before: tuple[Command, ...], command: Command, kind: OperationKind, due_by: datetime
) -> None:
    found = opened(*before, command)
    assert found is not None
    assert (found.kind, found.due_by, found.contact_id) == (kind, due_by, "contact-ada")


@pytest.mark.parametrize(
    ("before", "command"),
    [
        (CREATED, expect(RUNNING, 2)),
        (OFF, expect(SUSPENDED, 3)),
        ((), expect(ABSENT)),
        ((), expect(SUSPENDED)),
        ((), expect(Verdict.UNCHANGED)),
        (CREATED, expect(Verdict.REFERRED, 2)),
    ],
    ids=["running", "off", "absent", "never ran", "unchanged", "an admin decides"],
)
def test_a_state_that_is_already_right_opens_none(
    before: tuple[Command, ...], command: Command
) -> None:
    after(*before).when(command).then_nothing()


def test_a_proof_in_time_meets_the_expectation() -> None:
    after(expect(RUNNING)).when(prove(Desired.RUNNING)).then_types(ProvenStateNoted, ExpectationMet)
    after(*CREATED).when(check(minutes(60))).then_nothing()


def test_an_overdue_expectation_is_missed_once() -> None:
    after(expect(RUNNING)).when(check(minutes(1.9))).then_nothing()
    after(expect(RUNNING)).when(check(minutes(2))).then_types(ExpectationMissed)
    after(expect(RUNNING), check(minutes(2))).when(check(minutes(3))).then_nothing()


def test_a_late_proof_still_meets_the_expectation() -> None:
    late = after(expect(RUNNING), check(minutes(2)))
    late.when(prove(Desired.RUNNING)).then_types(ProvenStateNoted, ExpectationMet)


def test_a_proof_of_another_state_does_not_meet_it() -> None:
    after(expect(RUNNING)).when(prove(Desired.ABSENT, 1)).then_types(ProvenStateNoted)


def test_a_newer_entitlement_drops_the_expectation() -> None:
    cancelled = after(*CREATED, expect(ABSENT, 2)).when(expect(RUNNING, 3))
    cancelled.then_types(ExpectationDropped)
    assert cancelled.state.expected is None


def test_the_same_entitlement_again_does_not_postpone_the_expectation() -> None:
    after(expect(RUNNING)).when(expect(RUNNING, 2, decided_at=minutes(1))).then_nothing()
    due = expect(SUSPENDED, 3, suspend_at=minutes(-5), decided_at=minutes(1))
    after(*CREATED, expect(SUSPENDED, 2)).when(due).then_nothing()


class TestDuringAHold:
    HELD = (*CREATED, expect(ABSENT, 2, delete_at=minutes(60)))

    def test_the_deletion_is_expected_once_the_server_is_off(self) -> None:
        off = after(*self.HELD).when(prove(Desired.SUSPENDED, 2))
        off.then_types(ProvenStateNoted, ExpectationMet, ExpectationOpened)
        assert (off.state.expected.kind, off.state.expected.due_by) == (
            OperationKind.DELETE,
            minutes(62),
        )

    def test_a_server_that_stays_on_is_overdue(self) -> None:
        after(*self.HELD).when(check(minutes(2))).then_types(ExpectationMissed)

    def test_a_deleted_server_counts_as_switched_off(self) -> None:
        gone = after(*self.HELD).when(prove(Desired.ABSENT, 2))
        assert gone.then_types(ProvenStateNoted, ExpectationMet).state.expected is None

    def test_a_longer_hold_moves_the_deletion_that_follows(self) -> None:
        longer = after(*self.HELD, expect(ABSENT, 3, delete_at=minutes(90)))
        off = longer.when(prove(Desired.SUSPENDED, 3))
        assert off.state.expected.due_by == minutes(92)

    def test_the_same_hold_again_changes_nothing(self) -> None:
        after(*self.HELD).when(expect(ABSENT, 3, delete_at=minutes(60))).then_nothing()


@pytest.mark.parametrize("moved_to", [30.0, 90.0], ids=["sooner", "later"])
def test_a_changed_date_moves_the_expectation(moved_to: float) -> None:
    held = after(*OFF, expect(ABSENT, 3, delete_at=minutes(60)))
    moved = held.when(expect(ABSENT, 4, delete_at=minutes(moved_to)))
    moved.then_types(ExpectationDropped, ExpectationOpened)
    assert expectation.due_at(moved.state) == minutes(moved_to) + OVERDUE_AFTER


def test_the_end_of_a_hold_makes_the_deletion_due_at_once() -> None:
    held = after(*OFF, expect(ABSENT, 3, delete_at=minutes(60)))
    at_once = held.when(expect(ABSENT, 4))
    assert expectation.due_at(at_once.state) == START + OVERDUE_AFTER


class TestTopicsAreReadInAnyOrder:
    """The proof may be read before the entitlement that it proves."""

    def test_a_deletion_proven_before_its_cancellation_is_read_is_not_expected(self) -> None:
        read = after(expect(RUNNING), prove(Desired.ABSENT, 2))
        over = read.when(expect(ABSENT, 2)).then_types(ExpectationDropped)
        assert over.state.expected is None

    def test_entitlements_read_after_the_last_proof_open_no_expectation(self) -> None:
        gone = after(prove(Desired.RUNNING, 1), prove(Desired.ABSENT, 2))
        gone.when(expect(RUNNING, 1)).then_nothing()
        gone.when(expect(ABSENT, 2)).then_nothing()

    def test_a_running_server_that_should_be_off_is_expected_to_go_off(self) -> None:
        running = after(expect(RUNNING, 1), prove(Desired.RUNNING, 2))
        running.when(expect(SUSPENDED, 2)).then_types(ExpectationOpened)

    def test_a_new_payment_after_a_deletion_opens_an_expectation(self) -> None:
        gone = after(*CREATED, expect(ABSENT, 2), prove(Desired.ABSENT, 2))
        gone.when(expect(RUNNING, 3)).then_types(ExpectationOpened)

    def test_a_second_cancellation_keeps_the_expected_deletion(self) -> None:
        cancelled = after(expect(RUNNING, 1), expect(ABSENT, 2))
        cancelled.when(expect(ABSENT, 3)).then_nothing()


class TestHeldBackByAnAdmin:
    def test_a_held_back_change_is_not_due(self) -> None:
        held = after(expect(RUNNING)).when(HOLD_BACK).then_types(ExpectationDropped)
        assert expectation.due_at(held.state) is None

    def test_the_time_limit_starts_again_at_the_end(self) -> None:
        again = after(expect(RUNNING), HOLD_BACK).when(end_hold_back(minutes(600)))
        again.then_types(ExpectationOpened)
        assert expectation.due_at(again.state) == minutes(602)

    def test_the_same_entitlement_stays_held_back(self) -> None:
        after(expect(RUNNING), HOLD_BACK).when(expect(RUNNING, 2)).then_nothing()

    def test_a_proof_ends_it(self) -> None:
        adopted = after(expect(RUNNING), HOLD_BACK, prove(Desired.RUNNING))
        adopted.when(end_hold_back(minutes(600))).then_nothing()

    def test_a_newer_entitlement_ends_it(self) -> None:
        gone = after(expect(RUNNING), HOLD_BACK, prove(Desired.ABSENT, 2), expect(ABSENT, 2))
        gone.when(end_hold_back(minutes(600))).then_nothing()

    def test_ending_a_hold_back_that_never_began_changes_nothing(self) -> None:
        after(expect(RUNNING)).when(end_hold_back(minutes(1))).then_nothing()
