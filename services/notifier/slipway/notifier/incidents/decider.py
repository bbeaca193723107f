"""Decider of incidents: one stream per cause and subject, one occurrence open at a time (H22).

`incident_desk` raises, clears and obeys people; `worker` reminds when due; every announcement that
people should read becomes a notification. Symptoms live outside this document (`symptoms`).
"""

import base64
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import assert_never

from slipway.contracts.commands import CommandRefused
from slipway.contracts.envelope import Event
from slipway.contracts.incidents import (
    IncidentAcknowledged,
    IncidentCause,
    IncidentGrew,
    IncidentOpened,
    IncidentReminded,
    IncidentResolved,
)
from slipway.eventstore.answered_commands import NONE_ANSWERED, AnsweredCommands
from slipway.eventstore.decider import Decider
from slipway.notifier.incidents.rules.result import Symptom

THRESHOLDS = (10, 50, 100, 500, 1_000, 5_000, 10_000)
"""How many symptoms an incident must reach to be announced again."""


@dataclass(frozen=True)
class Pace:
    """When people are reminded of what nobody has acknowledged."""

    first: timedelta = timedelta(minutes=15)
    later: timedelta = timedelta(hours=1)


PACE = Pace()
DAILY = Pace(timedelta(days=1), timedelta(days=1))
PACES = {IncidentCause.SAFETY_BRAKE: DAILY}
"""A brake that is on harms nobody: it pages once and then daily."""


@dataclass(frozen=True)
class Raise:
    """Something shows this cause."""

    symptom: Symptom
    now: datetime
    pace: Pace = PACE


@dataclass(frozen=True)
class Count:
    """How many distinct symptoms there are now."""

    symptom_count: int


@dataclass(frozen=True)
class Clear:
    """It recovered."""

    reason: str


@dataclass(frozen=True)
class Close:
    """A person says that it is over."""

    incident_id: str
    command_id: str
    actor: str
    reason: str


@dataclass(frozen=True)
class Acknowledge:
    incident_id: str
    command_id: str
    actor: str
    reason: str


@dataclass(frozen=True)
class Remind:
    now: datetime
    pace: Pace = PACE


Command = Raise | Count | Clear | Close | Acknowledge | Remind


@dataclass(frozen=True)
class State:
    occurrence: int = 0
    opened: IncidentOpened | None = None
    """None while closed."""
    announced_count: int = 1
    reminders: int = 0
    remind_at: datetime | None = None
    acknowledged_by: str | None = None
    answered: AnsweredCommands = NONE_ANSWERED
    """Commands of people that this stream has answered."""


INITIAL = State()


def stream_id(cause: IncidentCause, subject: str) -> str:
    """The incident's stream for a cause and its subject: the same for every symptom of it."""
    digest = hashlib.sha256(f"{cause.value}\n{subject}".encode()).digest()[:10]
    return "incident-" + base64.b32encode(digest).decode().lower()


def stream_of(incident_id: str) -> str:
    return "incident-" + incident_id.partition(".")[0]


def decide(command: Command, state: State) -> Sequence[Event]:
    match command:
        case Raise():
            return _raise(command, state)
        case Count():
            return _count(command, state)
        case Clear():
            return _resolved(state, actor="slipway", reason=command.reason)
        case Close():
            return _close(command, state)
        case Acknowledge():
            return _acknowledge(command, state)
        case Remind():
            return _remind(command, state)
        case _:
            assert_never(command)


def _raise(command: Raise, state: State) -> Sequence[Event]:
    if state.opened is not None:
        return []
    symptom = command.symptom
    key = stream_id(symptom.cause, symptom.subject).removeprefix("incident-")
    return [
        IncidentOpened(
            incident_id=f"{key}.{state.occurrence + 1}",
            cause=symptom.cause,
            subject=symptom.subject,
            severity=symptom.severity,
            title=symptom.title,
            explanation=symptom.explanation,
            next_step=symptom.next_step,
            subscription_id=symptom.subscription_id,
            contact_id=symptom.contact_id,
            plan=symptom.plan,
            since=symptom.since,
            remind_at=command.now + PACES.get(symptom.cause, command.pace).first,
        )
    ]


def _count(command: Count, state: State) -> Sequence[Event]:
    if state.opened is None:
        return []
    passed = [step for step in THRESHOLDS if state.announced_count < step <= command.symptom_count]
    if not passed:
        return []
    return [IncidentGrew(incident_id=state.opened.incident_id, symptom_count=command.symptom_count)]


def _resolved(
    state: State, *, actor: str, reason: str, command_id: str | None = None
) -> Sequence[Event]:
    if state.opened is None:
        return []
    return [
        IncidentResolved(
            incident_id=state.opened.incident_id,
            actor=actor,
            reason=reason,
            symptom_count=state.announced_count,
            command_id=command_id,
        )
    ]


def _close(command: Close, state: State) -> Sequence[Event]:
    if command.command_id in state.answered:
        return []
    if state.opened is None or state.opened.incident_id != command.incident_id:
        return [_refused(command, "This incident is already over.")]
    return _resolved(
        state, actor=command.actor, reason=command.reason, command_id=command.command_id
    )


def _refused(command: Acknowledge | Close, reason: str) -> CommandRefused:
    return CommandRefused(
        command_id=command.command_id, command_type=type(command).__name__, reason=reason
    )


def _acknowledge(command: Acknowledge, state: State) -> Sequence[Event]:
    if command.command_id in state.answered:
        return []
    if state.opened is None or state.opened.incident_id != command.incident_id:
        return [_refused(command, "This incident is already over.")]
    if state.acknowledged_by is not None:
        by = state.acknowledged_by.removeprefix("user:")
        return [_refused(command, f"{by} is on it already.")]
    return [
        IncidentAcknowledged(
            incident_id=state.opened.incident_id,
            command_id=command.command_id,
            actor=command.actor,
            reason=command.reason,
        )
    ]


def _remind(command: Remind, state: State) -> Sequence[Event]:
    if state.opened is None or state.remind_at is None or command.now < state.remind_at:
        return []
    return [
        IncidentReminded(
            incident_id=state.opened.incident_id,
            reminder=state.reminders + 1,
            remind_at=command.now + PACES.get(state.opened.cause, command.pace).later,
        )
    ]


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
            seen = replace(state, acknowledged_by=event.actor, remind_at=None)
            return _answered(seen, event.command_id)
        case IncidentResolved():
            over = State(occurrence=state.occurrence, answered=state.answered)
            return _answered(over, event.command_id)
        case CommandRefused():
            return _answered(state, event.command_id)
        case _:
            raise TypeError(f"{type(event).__name__} is no event of an incident")


def _answered(state: State, command_id: str | None) -> State:
    if command_id is None:
        return state
    return replace(state, answered=state.answered.plus(command_id))


DECIDER: Decider[Command, State] = Decider(
    category="incident",
    initial=INITIAL,
    decide=decide,
    evolve=evolve,
    due_at=lambda state: state.remind_at,
    state_type=State,
    fold_version=2,
)
