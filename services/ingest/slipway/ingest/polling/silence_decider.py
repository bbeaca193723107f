"""Decider of a location's silence: GHL sends no webhooks, or the poller can't read GHL.

Each location has one stream (`silence-<location>`). `silence_monitor` sends the commands.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import assert_never

from slipway.contracts.deliveries import LocationFellSilent, LocationSilenceEnded, SilenceCause
from slipway.contracts.envelope import Event
from slipway.eventstore.decider import Decider

CATEGORY = "silence"


@dataclass(frozen=True)
class ReportSilence:
    location_id: str
    cause: SilenceCause
    since: datetime


@dataclass(frozen=True)
class ReportActivity:
    """The causes in `ended` no longer apply to this location. Other causes may continue."""

    location_id: str
    ended: frozenset[SilenceCause]
    at: datetime


Command = ReportSilence | ReportActivity


@dataclass(frozen=True)
class Silence:
    cause: SilenceCause
    since: datetime


@dataclass(frozen=True)
class InboundActivity:
    """State of a location. `silence` is None while the location is active."""

    silence: Silence | None = None


def decide(command: Command, state: InboundActivity) -> Sequence[Event]:
    silence = state.silence
    match command:
        case ReportSilence(location_id, cause, since):
            if silence is not None and cause in {silence.cause, SilenceCause.NO_DELIVERIES}:
                return []
            return [LocationFellSilent(location_id=location_id, since=since, cause=cause)]
        case ReportActivity(location_id, ended, at):
            if silence is None or silence.cause not in ended:
                return []
            seconds = max((at - silence.since).total_seconds(), 0.0)
            return [LocationSilenceEnded(location_id=location_id, silent_seconds=seconds)]
        case _:
            assert_never(command)


def evolve(_: InboundActivity, event: Event) -> InboundActivity:
    match event:
        case LocationFellSilent():
            return InboundActivity(Silence(event.cause, event.since))
        case LocationSilenceEnded():
            return InboundActivity()
        case _:
            raise TypeError(f"{type(event).__name__} is no event of a location's silence")


SILENCE: Decider[Command, InboundActivity] = Decider(
    category=CATEGORY,
    initial=InboundActivity(),
    decide=decide,
    evolve=evolve,
    state_type=InboundActivity,
)
