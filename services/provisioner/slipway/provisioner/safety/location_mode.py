"""Decider of a location's mode. It is `observe` until an admin sets `act` (H29)."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import assert_never

from slipway.contracts.commands import CommandRefused, SetLocationMode
from slipway.contracts.envelope import Event
from slipway.contracts.vps import LocationFound, LocationMode, LocationModeSet
from slipway.eventstore.answered_commands import NONE_ANSWERED, AnsweredCommands
from slipway.eventstore.decider import Decider


@dataclass(frozen=True)
class NoteLocation:
    """Records the location when its first entitlement arrives."""

    location_id: str


Command = NoteLocation | SetLocationMode


@dataclass(frozen=True)
class Location:
    mode: LocationMode = LocationMode.OBSERVE
    found: bool = False
    answered: AnsweredCommands = NONE_ANSWERED

    @property
    def acts(self) -> bool:
        return self.mode is LocationMode.ACT


def decide(command: Command, state: Location) -> Sequence[Event]:
    match command:
        case NoteLocation():
            if state.found:
                return []
            return [LocationFound(location_id=command.location_id, mode=LocationMode.OBSERVE)]
        case SetLocationMode():
            return _set(command, state)
        case _:
            assert_never(command)


def _set(command: SetLocationMode, state: Location) -> Sequence[Event]:
    if command.command_id in state.answered:
        return []
    if command.mode is state.mode:
        reason = f"It is in mode {state.mode.value} already."
        return [
            CommandRefused(command_id=command.command_id, command_type=command.TYPE, reason=reason)
        ]
    return [
        LocationModeSet(
            location_id=command.location_id,
            mode=command.mode,
            command_id=command.command_id,
            actor=command.actor,
            reason=command.reason,
        )
    ]


def evolve(state: Location, event: Event) -> Location:
    match event:
        case LocationFound():
            return replace(state, found=True)
        case LocationModeSet(mode=mode, command_id=id_):
            return replace(state, found=True, mode=mode, answered=state.answered.plus(id_))
        case CommandRefused(command_id=id_):
            return replace(state, answered=state.answered.plus(id_))
        case _:
            raise TypeError(f"{type(event).__name__} is no event of a location")


LOCATION: Decider[Command, Location] = Decider(
    category="location",
    initial=Location(),
    decide=decide,
    evolve=evolve,
    state_type=Location,
)
