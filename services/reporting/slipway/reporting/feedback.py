"""One admin's votes on how content they are (decider); published, so that others may know."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from slipway.contracts.envelope import Event
from slipway.contracts.feedback import SatisfactionVoted
from slipway.eventstore.decider import Decider

_A_CLICK_AGAIN = timedelta(hours=1)


@dataclass(frozen=True)
class Vote:
    admin: str
    score: int
    comment: str
    at: datetime


@dataclass(frozen=True)
class Voter:
    """What is known of an admin: the latest vote."""

    score: int | None = None
    comment: str = ""
    at: datetime | None = None


def decide(command: Vote, state: Voter) -> Sequence[Event]:
    """A repeated click says nothing new; the same opinion a month later does."""
    same = (state.score, state.comment) == (command.score, command.comment)
    if same and state.at is not None and command.at - state.at < _A_CLICK_AGAIN:
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
