"""Decider of incidents: a stream for each cause and subject, with at most one open incident (H22).

`symptoms` stores the symptoms outside this stream. `inbox` queues a notification for each event
that must be announced.
"""

from collections.abc import Sequence
from datetime import timedelta
from typing import assert_never

from slipway.contracts.commands import AcknowledgeIncident, CommandRefused, ResolveIncident
from slipway.contracts.envelope import Event
from slipway.contracts.incidents import (
    IncidentAcknowledged,
    IncidentCounted,
    IncidentGrew,
    IncidentOpened,
    IncidentReminded,
    IncidentResolved,
)
from slipway.eventstore.decider import Decider
from slipway.notifier.incident_key import CATEGORY
from slipway.notifier.incidents.commands import (
    Acknowledge,
    Command,
    Raise,
    Recover,
    Remind,
    Resolve,
    UpdateCount,
)
from slipway.notifier.incidents.state import INITIAL, State, evolve
from slipway.notifier.incidents.thresholds import is_growth

_RECORDED_EACH = 20
"""Up to this number, each change of the count is recorded immediately."""
_RECOUNT_AFTER = timedelta(seconds=5)


def decide(command: Command, state: State) -> Sequence[Event]:
    match command:
        case Raise():
            return _raise(command, state)
        case UpdateCount():
            return _update_count(command, state)
        case Recover():
            return _resolved(state, actor="slipway", reason=command.reason)
        case Resolve():
            return _resolve(command, state)
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
    return [
        IncidentOpened(
            incident_id=symptom.key.incident_id(state.occurrence + 1),
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
            remind_at=command.now + command.schedule.for_cause(symptom.cause).first,
        )
    ]


def _update_count(command: UpdateCount, state: State) -> Sequence[Event]:
    if state.opened is None:
        return []
    incident_id, count = state.opened.incident_id, command.symptom_count
    if is_growth(state.opened.cause, state.announced_count, count):
        customers = command.customers
        return [IncidentGrew(incident_id=incident_id, symptom_count=count, customers=customers)]
    if count == state.symptom_count or state.recount_at is not None:
        return []
    recount_at = None if count <= _RECORDED_EACH else command.now + _RECOUNT_AFTER
    return [IncidentCounted(incident_id=incident_id, symptom_count=count, recount_at=recount_at)]


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
            symptom_count=state.highest_count,
            command_id=command_id,
        )
    ]


def _resolve(command: Resolve, state: State) -> Sequence[Event]:
    if command.command_id in state.answered:
        return []
    if state.opened is None or state.opened.incident_id != command.incident_id:
        return [_refused(command, "This incident is already resolved.")]
    return _resolved(
        state, actor=command.actor, reason=command.reason, command_id=command.command_id
    )


def _acknowledge(command: Acknowledge, state: State) -> Sequence[Event]:
    if command.command_id in state.answered:
        return []
    if state.opened is None or state.opened.incident_id != command.incident_id:
        return [_refused(command, "This incident is already resolved.")]
    if state.acknowledged_by is not None:
        admin = state.acknowledged_by.removeprefix("user:")
        return [_refused(command, f"{admin} has already acknowledged it.")]
    return [
        IncidentAcknowledged(
            incident_id=state.opened.incident_id,
            command_id=command.command_id,
            actor=command.actor,
            reason=command.reason,
        )
    ]


def _refused(command: Acknowledge | Resolve, reason: str) -> CommandRefused:
    type_ = (AcknowledgeIncident if isinstance(command, Acknowledge) else ResolveIncident).TYPE
    return CommandRefused(command_id=command.command_id, command_type=type_, reason=reason)


def _remind(command: Remind, state: State) -> Sequence[Event]:
    if state.opened is None:
        return []
    incident_id, count = state.opened.incident_id, command.symptom_count
    if state.remind_at is not None and command.now >= state.remind_at:
        return [
            IncidentReminded(
                incident_id=incident_id,
                reminder=state.reminders + 1,
                remind_at=command.now + command.schedule.for_cause(state.opened.cause).later,
                symptom_count=count,
                customers=command.customers,
            )
        ]
    if state.recount_at is not None and command.now >= state.recount_at:
        return [IncidentCounted(incident_id=incident_id, symptom_count=count)]
    return []


DECIDER: Decider[Command, State] = Decider(
    category=CATEGORY,
    initial=INITIAL,
    decide=decide,
    evolve=evolve,
    due_at=lambda state: state.due_at,
    state_type=State,
    fold_version=4,
)
