"""One key's dead letters: the queue keeps its order in spite of commands and redeliveries."""

from slipway.contracts.dead_letters import (
    DeadLetterClosed,
    DeadLetterOpened,
    DeadLetterQueued,
    DeadLetterRedriveFailed,
    DeadLetterRedriven,
    DeadLetterSkipped,
    RecordRef,
)
from slipway.messaging.dead_letters import (
    AT_ONCE,
    DEAD_LETTER,
    Command,
    EnqueueBehind,
    FailedAgain,
    Free,
    Handled,
    OpenDeadLetter,
    Redrive,
    Skip,
    State,
    Waiting,
)


def ref(offset: int) -> RecordRef:
    return RecordRef(topic="vps", partition=0, offset=offset)


OPENED = OpenDeadLetter("ingest:abc", "ingest", "sub", ref(5), "ValueError at x:1")


def after(*commands: Command) -> State:
    state: State = Free()
    for command in commands:
        state = DEAD_LETTER.fold(DEAD_LETTER.decide(command, state), state)
    return state


def offsets(state: State) -> list[int]:
    return [record.offset for record in state.queue] if isinstance(state, Waiting) else []


def types(command: Command, state: State) -> list[type]:
    return [type(event) for event in DEAD_LETTER.decide(command, state)]


def test_the_first_failure_opens_a_dead_letter_and_later_records_queue_in_order() -> None:
    assert types(OPENED, Free()) == [DeadLetterOpened]
    assert types(EnqueueBehind(ref(6)), after(OPENED)) == [DeadLetterQueued]
    assert offsets(after(OPENED, EnqueueBehind(ref(6)), EnqueueBehind(ref(7)))) == [5, 6, 7]


def test_a_redelivered_record_is_queued_once() -> None:
    assert offsets(after(OPENED, EnqueueBehind(ref(6)), OPENED, EnqueueBehind(ref(6)))) == [5, 6]


def test_a_record_of_a_key_without_dead_letters_is_not_queued() -> None:
    assert types(EnqueueBehind(ref(6)), Free()) == []


def test_a_queue_waits_until_an_operator_redrives_it() -> None:
    waiting = after(OPENED, EnqueueBehind(ref(6)))
    assert DEAD_LETTER.due_at(waiting) is None
    assert DEAD_LETTER.due_at(after(OPENED, Redrive("c1"))) == AT_ONCE


def test_a_redrive_handles_the_whole_queue_and_then_closes_it() -> None:
    moving = after(OPENED, EnqueueBehind(ref(6)), Redrive("c1"))
    assert types(Handled(ref(5)), moving) == [DeadLetterRedriven]
    second = after(OPENED, EnqueueBehind(ref(6)), Redrive("c1"), Handled(ref(5)))
    assert DEAD_LETTER.due_at(second) == AT_ONCE
    assert types(Handled(ref(6)), second) == [DeadLetterRedriven, DeadLetterClosed]


def test_a_worker_that_finishes_late_does_not_advance_the_queue_again() -> None:
    second = after(OPENED, EnqueueBehind(ref(6)), Redrive("c1"), Handled(ref(5)))
    assert types(Handled(ref(5)), second) == []
    assert types(FailedAgain(ref(5), "late"), second) == []


def test_a_failed_redrive_stops_the_queue_at_its_record() -> None:
    moving = after(OPENED, EnqueueBehind(ref(6)), Redrive("c1"))
    assert types(FailedAgain(ref(5), "again"), moving) == [DeadLetterRedriveFailed]
    stopped = after(OPENED, EnqueueBehind(ref(6)), Redrive("c1"), FailedAgain(ref(5), "again"))
    assert offsets(stopped) == [5, 6]
    assert DEAD_LETTER.due_at(stopped) is None


def test_a_skip_drops_the_first_record_and_redrives_the_rest() -> None:
    skipped = after(OPENED, EnqueueBehind(ref(6)), Skip("c1"))
    assert offsets(skipped) == [6]
    assert DEAD_LETTER.due_at(skipped) == AT_ONCE
    assert types(Skip("c1"), after(OPENED)) == [DeadLetterSkipped, DeadLetterClosed]


def test_a_command_counts_once_also_for_the_keys_next_dead_letter() -> None:
    again = after(
        OPENED, Skip("c1"), OpenDeadLetter("ingest:abc", "ingest", "sub", ref(9), "again")
    )
    assert types(Skip("c1"), again) == []
    assert types(Redrive("c1"), again) == []
