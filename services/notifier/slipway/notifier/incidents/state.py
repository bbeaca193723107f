"""State of an incident stream and its fold (pure). `decider` decides on it."""

from dataclasses import dataclass, replace
from datetime import datetime

from slipway.contracts.commands import CommandRefused
from slipway.contracts.envelope import Event
from slipway.contracts.incidents import (
    IncidentAcknowledged,
    IncidentGrew,
    IncidentOpened,
    IncidentReminded,
    IncidentResolved,
)
from slipway.eventstore.answered_commands import NONE_ANSWERED, AnsweredCommands


@dataclass(frozen=True)
class State:
    occurrence: int = 0
    opened: IncidentOpened | None = None
    """None while no occurrence is open."""
    announced_count: int = 1
    """The number of symptoms in the last announcement."""
    reminders: int = 0
    remind_at: datetime | None = None
    acknowledged_by: str | None = None
    answered: AnsweredCommands = NONE_ANSWERED


INITIAL = State()


def evolve(state: State, event: Event) -> State:
    match event:
        case IncidentOpened():
            return State(
                occurrence=state.occurrence + 1,
                opened=event,
                remind_at=event.remind_at,
                answered=state.answered,
            )
        case IncidentGrew():
            return replace(state, announced_count=event.symptom_count)
        case IncidentReminded():
            return replace(state, reminders=event.reminder, remind_at=event.remind_at)
        case IncidentAcknowledged():
            acknowledged = replace(state, acknowledged_by=event.actor, remind_at=None)
            return _answered(acknowledged, event.command_id)
        case IncidentResolved():
            resolved = State(occurrence=state.occurrence, answered=state.answered)
            return _answered(resolved, event.command_id)
        case CommandRefused():
            return _answered(state, event.command_id)
        case _:
            raise TypeError(f"{type(event).__name__} is no event of an incident")


def _answered(state: State, command_id: str | None) -> State:
    if command_id is None:
        return state
    return replace(state, answered=state.answered.plus(command_id))
