"""H21 for dead letters and incidents: a repeated or late command affects nothing else."""

from slipway.contracts.commands import CommandRefused
from slipway.contracts.dead_letters import DeadLetterSkipped, RecordRef
from slipway.messaging import dead_letters
from slipway.messaging.dead_letters import DEAD_LETTER
from slipway.notifier.incidents import decider as incident
from slipway.notifier.incidents.commands import Acknowledge, Raise, Recover

from tests.support.builders.sample_decider import now
from tests.support.dsl.deciding import given
from tests.support.dsl.notifier_worker import symptom


def _record(offset: int) -> RecordRef:
    return RecordRef(topic="vps", partition=0, offset=offset)


def test_h21_two_clicks_on_skip_skip_one_record() -> None:
    """A second skip would drop the next record, which no operator has seen."""
    waiting = [
        dead_letters.OpenDeadLetter("tests:x", "tests", "ada", _record(1), "a bug"),
        dead_letters.EnqueueBehind(_record(2)),
        dead_letters.EnqueueBehind(_record(3)),
    ]
    skip = dead_letters.Skip("click-1")
    once = given(DEAD_LETTER).after(waiting).when(skip)
    assert [one.record.offset for one in once.events if isinstance(one, DeadLetterSkipped)] == [1]
    given(DEAD_LETTER).after([*waiting, skip]).when(skip).then_nothing()


def test_h21_an_acknowledgement_does_not_apply_to_the_next_occurrence() -> None:
    happened = [Raise(symptom(), now()), Recover("It runs."), Raise(symptom(), now())]
    story = given(incident.DECIDER).after(happened)
    first, *_, second = (e.incident_id for e in story.events if hasattr(e, "incident_id"))
    late = story.when(Acknowledge(first, "click-1", "user:ada", "on it"))
    late.then_types(CommandRefused)
    assert late.state.acknowledged_by is None
    assert (
        story.when(Acknowledge(second, "click-2", "user:ada", "on it")).state.acknowledged_by
        is not None
    )
