"""A small decider with published events, for tests of the event store: the votes of one admin."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from slipway.contracts.envelope import Event, Meta
from slipway.contracts.feedback import SatisfactionVoted
from slipway.eventstore.decider import Decider

META = Meta(correlation_id="story-1")


def now() -> datetime:
    return datetime.now(UTC)


def ago(seconds: float) -> datetime:
    return now() - timedelta(seconds=seconds)


@dataclass(frozen=True)
class Say:
    score: int
    again_at: datetime | None = None
    once: bool = False


@dataclass(frozen=True)
class Silent:
    pass


@dataclass(frozen=True)
class Heard:
    scores: tuple[int, ...]
    again_at: datetime | None = None


Voter = Silent | Heard


def vote(score: int, again_at: datetime | None = None) -> SatisfactionVoted:
    again = "" if again_at is None else again_at.isoformat()
    return SatisfactionVoted(admin="ada", score=score, comment=again, voted_at=ago(0))


def decide(command: Say, state: Voter) -> Sequence[Event]:
    if command.once and isinstance(state, Heard) and command.score in state.scores:
        return []
    return [vote(command.score, command.again_at)]


def evolve(state: Voter, event: Event) -> Voter:
    assert isinstance(event, SatisfactionVoted)
    said = state.scores if isinstance(state, Heard) else ()
    again = datetime.fromisoformat(event.comment) if event.comment else None
    return Heard((*said, event.score), again)


DECIDER: Decider[Say, Voter] = Decider(
    category="feedback",
    initial=Silent(),
    decide=decide,
    evolve=evolve,
    due_at=lambda state: state.again_at if isinstance(state, Heard) else None,
    has_open_work=lambda state: isinstance(state, Heard) and state.scores[-1] == 1,
    state_type=Silent | Heard,
)

NEWER: Decider[Say, Voter] = replace(DECIDER, fold_version=2)


@dataclass(frozen=True)
class Complaint:
    score: int


@dataclass(frozen=True)
class Complaints:
    """Another state folded from the same events: whether the latest vote is a complaint."""

    latest: Complaint | None = None
    heard: int = 0


def _hear(state: Complaints, event: Event) -> Complaints:
    assert isinstance(event, SatisfactionVoted)
    latest = Complaint(event.score) if event.score < 3 else None
    return Complaints(latest, state.heard + 1)


COMPLAINTS: Decider[Say, Complaints] = Decider(
    category=DECIDER.category,
    initial=Complaints(),
    decide=lambda command, _state: [vote(command.score)],
    evolve=_hear,
    state_type=Complaints,
)


@dataclass(frozen=True)
class Note:
    word: str


@dataclass(frozen=True)
class Notebook:
    """A third state: the votes as notes. It is open until the latest vote is a five."""

    notes: tuple[Note, ...] = ()
    first: str | None = None


def _note(state: Notebook, event: Event) -> Notebook:
    assert isinstance(event, SatisfactionVoted)
    word = str(event.score)
    return Notebook((*state.notes, Note(word)), state.first or word)


NOTEBOOK: Decider[Say, Notebook] = Decider(
    category=DECIDER.category,
    initial=Notebook(),
    decide=lambda command, _state: [vote(command.score)],
    evolve=_note,
    has_open_work=lambda state: bool(state.notes) and state.notes[-1].word != "5",
    state_type=Notebook,
)
