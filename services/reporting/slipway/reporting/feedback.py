"""The decider of one admin's satisfaction votes. Its events are published on topic `feedback`."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from slipway.contracts.envelope import Event
from slipway.contracts.feedback import SatisfactionVoted
from slipway.eventstore.decider import Decider

_REPEATED_CLICK_WITHIN = timedelta(hours=1)


@dataclass(frozen=True)
class Vote:
    admin: str
    score: int
    comment: str
    at: datetime


@dataclass(frozen=True)
class Voter:
    """The admin's latest vote."""

    score: int | None = None
    comment: str = ""
    at: datetime | None = None


def decide(command: Vote, state: Voter) -> Sequence[Event]:
    """Returns the vote's event, or no event if the same vote was made less than an hour ago.

    Such a vote is a repeated click.
    """
    same = (state.score, state.comment) == (command.score, command.comment)
    if same and state.at is not None and command.at - state.at < _REPEATED_CLICK_WITHIN:
        return []
    return [
        SatisfactionVoted(
            admin=command.admin, score=command.score, comment=command.comment, voted_at=command.at
        )
    ]


def evolve(_state: Voter, event: Event) -> Voter:
    match event:
        case SatisfactionVoted(score=score, comment=comment, voted_at=voted_at):
            return Voter(score, comment, voted_at)
        case _:
            raise TypeError(f"{type(event).__name__} is not an event of feedback")


FEEDBACK: Decider[Vote, Voter] = Decider(
    category="feedback",
    initial=Voter(),
    decide=decide,
    evolve=evolve,
    state_type=Voter,
)
