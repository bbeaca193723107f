"""State of an incident stream and its fold (pure). `decider` decides on it."""

from dataclasses import dataclass, replace
from datetime import datetime

from slipway.contracts.commands import CommandRefused
from slipway.contracts.envelope import Event
from slipway.contracts.incidents import (
    IncidentAcknowledged,
    IncidentCounted,
    IncidentGrew,
    IncidentOpened,
    IncidentReminded,
    IncidentResolved,
)
from slipway.eventstore.answered_commands import NONE_ANSWERED, AnsweredCommands
from slipway.notifier.incidents.thresholds import EACH_IS_ANNOUNCED


@dataclass(frozen=True)
class State:
    occurrence: int = 0
    opened: IncidentOpened | None = None
    """None while no occurrence is open."""
    symptom_count: int = 1
    """The number of symptoms that was recorded last."""
    announced_count: int = 1
    """The number of symptoms in the last announcement."""
    highest_count: int = 1
    reminders: int = 0
    remind_at: datetime | None = None
    recount_at: datetime | None = None
    acknowledged_by: str | None = None
    answered: AnsweredCommands = NONE_ANSWERED

    @property
    def due_at(self) -> datetime | None:
        times = [time for time in (self.remind_at, self.recount_at) if time is not None]
        return min(times, default=None)


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
        case IncidentGrew() | IncidentCounted() | IncidentReminded():
            return _counted(state, event)
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


def _counted(state: State, event: IncidentGrew | IncidentCounted | IncidentReminded) -> State:
    if isinstance(event, IncidentReminded):
        state = replace(state, reminders=event.reminder, remind_at=event.remind_at)
        if event.symptom_count is None:
            return state
    recount_at = event.recount_at if isinstance(event, IncidentCounted) else None
    count = event.symptom_count or state.symptom_count
    announced = count if isinstance(event, IncidentGrew) else state.announced_count
    if state.opened is not None and state.opened.cause in EACH_IS_ANNOUNCED:
        # Some customers no longer wait, so the next one who does is announced again.
        announced = min(announced, count)
    highest = max(state.highest_count, count)
    return replace(
        state,
        symptom_count=count,
        announced_count=announced,
        highest_count=highest,
        recount_at=recount_at,
    )


def _answered(state: State, command_id: str | None) -> State:
    if command_id is None:
        return state
    return replace(state, answered=state.answered.plus(command_id))
