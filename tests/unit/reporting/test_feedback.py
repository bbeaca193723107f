"""Satisfaction votes: a repeated click is one vote."""

from datetime import UTC, datetime, timedelta

from slipway.reporting.feedback import FEEDBACK, Vote

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


def test_a_repeated_click_is_one_vote_and_a_month_later_it_is_another() -> None:
    first = Vote("ada", 4, "good", NOW)
    state = FEEDBACK.initial
    for event in FEEDBACK.decide(first, state):
        state = FEEDBACK.evolve(state, event)
    assert FEEDBACK.decide(Vote("ada", 4, "good", NOW + timedelta(seconds=3)), state) == []
    assert FEEDBACK.decide(Vote("ada", 5, "good", NOW + timedelta(seconds=3)), state)
    assert FEEDBACK.decide(Vote("ada", 4, "good", NOW + timedelta(days=30)), state)
