"""Decider of a location's silence: nothing heard for longer than its rhythm, or it can't be read.

One stream per location (`silence-<location>`); the inbox and the poller say what they notice.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import assert_never

from slipway.contracts.deliveries import LocationFellSilent, LocationSilenceEnded, SilenceCause
from slipway.contracts.envelope import Event
from slipway.eventstore.decider import Decider

CATEGORY = "silence"


@dataclass(frozen=True)
class NoticeSilence:
    location_id: str
    cause: SilenceCause
    since: datetime


@dataclass(frozen=True)
class NoticeSound:
    """The causes that are over now; others may still stand."""

    location_id: str
    ended: frozenset[SilenceCause]
    at: datetime


Command = NoticeSilence | NoticeSound


@dataclass(frozen=True)
class Silence:
    cause: SilenceCause
    since: datetime


@dataclass(frozen=True)
class Hearing:
    silence: Silence | None = None


def decide(command: Command, state: Hearing) -> Sequence[Event]:
    silence = state.silence
    match command:
        case NoticeSilence(location_id, cause, since):
            if silence is not None and cause in {silence.cause, SilenceCause.NO_DELIVERIES}:
                return []
            return [LocationFellSilent(location_id=location_id, since=since, cause=cause)]
        case NoticeSound(location_id, ended, at):
            if silence is None or silence.cause not in ended:
                return []
            seconds = max((at - silence.since).total_seconds(), 0.0)
            return [LocationSilenceEnded(location_id=location_id, silent_seconds=seconds)]
        case _:
            assert_never(command)


def evolve(_: Hearing, event: Event) -> Hearing:
    match event:
        case LocationFellSilent():
            return Hearing(Silence(event.cause, event.since))
        case LocationSilenceEnded():
            return Hearing()
        case _:
            raise TypeError(f"{type(event).__name__} is no event of a location's silence")


SILENCE: Decider[Command, Hearing] = Decider(
    category=CATEGORY,
    initial=Hearing(),
    decide=decide,
    evolve=evolve,
    state_type=Hearing,
)


@dataclass(frozen=True)
class Rhythm:
    """How often a location is heard: a moving mean of the gaps, enough to know what is unusual."""

    last_at: datetime
    mean_gap_seconds: float = 0.0
    heard: int = 0

    def hear(self, at: datetime) -> "Rhythm":
        gap = max((at - self.last_at).total_seconds(), 0.0)
        weight = 1 / min(self.heard + 1, MEMORY)
        mean = self.mean_gap_seconds + (gap - self.mean_gap_seconds) * weight
        return Rhythm(max(at, self.last_at), mean, self.heard + 1)

    def silent_since(self, now: datetime, floor_seconds: float) -> datetime | None:
        """None while the pause is usual, or while too little was heard to know what is usual."""
        if self.heard < ENOUGH:
            return None
        usual = timedelta(seconds=max(floor_seconds, UNUSUAL * self.mean_gap_seconds))
        return self.last_at if now - self.last_at > usual else None


MEMORY = 50
ENOUGH = 10
UNUSUAL = 10
