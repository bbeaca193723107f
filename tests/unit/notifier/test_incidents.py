"""Incidents: opened once for each cause, announced as they grow, acknowledged and resolved."""

from datetime import datetime, timedelta
from typing import get_args

import pytest
from hypothesis import given as over
from hypothesis import strategies as st
from slipway.contracts.codec import load_event
from slipway.contracts.commands import CommandRefused
from slipway.contracts.incidents import (
    IncidentAcknowledged,
    IncidentCause,
    IncidentGrew,
    IncidentOpened,
    IncidentReminded,
    IncidentResolved,
)
from slipway.notifier.incident_key import IncidentKey
from slipway.notifier.incidents import decider as incident
from slipway.notifier.incidents.commands import (
    Acknowledge,
    Command,
    Raise,
    Recover,
    Remind,
    ReminderSchedule,
    Resolve,
    UpdateCount,
)
from slipway.notifier.incidents.state import INITIAL, evolve

from tests.support.builders.expectation_commands import minutes
from tests.support.dsl.deciding import Given, given
from tests.support.dsl.notifier_worker import symptom

KEY = IncidentKey(IncidentCause.CREATE_FAILED, "loc:ada-1")
FIRST, SECOND = KEY.incident_id(1), KEY.incident_id(2)
OPENED = Raise(symptom(), minutes(0))
RECOVERED = Recover("The server runs.")
SECOND_ADMIN = Acknowledge(FIRST, "c2", "user:ben", "me too")


def acknowledged(incident_id: str = FIRST, command_id: str = "c1") -> Acknowledge:
    return Acknowledge(incident_id, command_id, "user:ada", "on it")


def resolved(incident_id: str = FIRST, command_id: str = "c9") -> Resolve:
    return Resolve(incident_id, command_id, "user:ada", "false alarm")


def after(*commands: Command) -> Given:
    return given(incident.DECIDER).after(commands)


def test_the_first_symptom_opens_the_incident_and_the_second_joins() -> None:
    [opened] = after().when(OPENED).then_types(IncidentOpened).events
    assert isinstance(opened, IncidentOpened)
    assert (opened.incident_id, opened.contact_id, opened.plan) == (FIRST, "contact-ada", "small")
    after(OPENED).when(Raise(symptom("loc:ada-2"), minutes(1))).then_nothing()


def test_growth_is_announced_at_each_threshold_once() -> None:
    after(OPENED).when(UpdateCount(9)).then_nothing()
    after(OPENED).when(UpdateCount(10)).then(IncidentGrew(incident_id=FIRST, symptom_count=10))
    after(OPENED, UpdateCount(10)).when(UpdateCount(49)).then_nothing()
    after(OPENED, UpdateCount(10)).when(UpdateCount(120)).then(
        IncidentGrew(incident_id=FIRST, symptom_count=120)
    )
    after(OPENED, UpdateCount(120)).when(UpdateCount(60)).then_nothing()


def test_admins_are_reminded_after_15_minutes_and_then_hourly() -> None:
    reminders: list[datetime] = []
    commands: list[Command] = [OPENED]
    for minute in range(0, 200, 5):
        reminded = after(*commands).when(Remind(minutes(minute))).events
        reminders += [minutes(minute)] * len(reminded)
        commands.append(Remind(minutes(minute)))
    assert reminders == [minutes(15), minutes(75), minutes(135), minutes(195)]


def test_the_reminder_schedule_is_a_setting() -> None:
    pace = ReminderSchedule(timedelta(minutes=1), timedelta(minutes=2))
    [opened] = after().when(Raise(symptom(), minutes(0), pace)).events
    assert isinstance(opened, IncidentOpened)
    assert opened.remind_at == minutes(1)
    again = after(Raise(symptom(), minutes(0), pace)).when(Remind(minutes(1), pace))
    again.then(IncidentReminded(incident_id=FIRST, reminder=1, remind_at=minutes(3)))


def test_the_safety_brake_is_announced_once_and_then_daily() -> None:
    brake = Raise(symptom(cause=IncidentCause.SAFETY_BRAKE, subject="brake"), minutes(0))
    after(brake).when(Remind(minutes(23 * 60))).then_nothing()
    reminded = after(brake).when(Remind(minutes(24 * 60))).then_types(IncidentReminded)
    assert incident.DECIDER.due_at(reminded.state) == minutes(48 * 60)


def test_an_acknowledged_incident_sends_no_reminder() -> None:
    known = after(OPENED).when(acknowledged()).then_types(IncidentAcknowledged)
    assert incident.DECIDER.due_at(known.state) is None
    after(OPENED, acknowledged()).when(Remind(minutes(600))).then_nothing()


def test_a_second_acknowledgement_is_refused_with_the_name_of_the_first_admin() -> None:
    [refused] = after(OPENED, acknowledged()).when(SECOND_ADMIN).then_types(CommandRefused).events
    assert isinstance(refused, CommandRefused)
    assert refused.reason == "ada has already acknowledged it."


def test_a_recovery_resolves_the_incident_and_so_does_an_admin() -> None:
    [recovered] = after(OPENED).when(RECOVERED).then_types(IncidentResolved).events
    assert isinstance(recovered, IncidentResolved)
    assert (recovered.actor, recovered.command_id) == ("slipway", None)
    [decided] = after(OPENED).when(resolved()).then_types(IncidentResolved).events
    assert isinstance(decided, IncidentResolved)
    assert (decided.actor, decided.command_id) == ("user:ada", "c9")


def test_a_cause_that_returns_opens_a_new_unacknowledged_occurrence() -> None:
    again = after(OPENED, acknowledged(), RECOVERED).when(OPENED).then_types(IncidentOpened)
    assert again.state.opened.incident_id == SECOND
    assert again.state.remind_at is not None


def test_a_command_for_an_earlier_occurrence_is_refused() -> None:
    reopened = after(OPENED, RECOVERED, OPENED)
    reopened.when(acknowledged(FIRST)).then_types(CommandRefused)
    reopened.when(resolved(FIRST)).then_types(CommandRefused)
    reopened.when(acknowledged(SECOND)).then_types(IncidentAcknowledged)


@pytest.mark.parametrize(
    "command",
    [acknowledged(), resolved(), SECOND_ADMIN],
    ids=["acknowledge", "resolve", "second admin"],
)
@pytest.mark.parametrize(
    "before",
    [(OPENED,), (OPENED, acknowledged("x", "c0")), (OPENED, RECOVERED)],
    ids=["open", "acknowledged", "resolved"],
)
def test_a_repeated_admin_command_is_answered_once(
    before: tuple[Command, ...], command: Command
) -> None:
    assert after(*before).when(command).events
    after(*before, command).when(command).then_nothing()
    after(*before, command, OPENED).when(command).then_nothing()


_commands: st.SearchStrategy[list[Command]] = st.lists(
    st.sampled_from(
        [
            *(
                OPENED,
                RECOVERED,
                UpdateCount(12),
                UpdateCount(80),
                acknowledged(),
                acknowledged(SECOND, "c3"),
                SECOND_ADMIN,
                resolved(),
            ),
            *(resolved(SECOND, "c4"), Remind(minutes(20)), Remind(minutes(90))),
        ]
    ),
    max_size=12,
)


def test_the_laws_cover_every_command() -> None:
    known = {Raise, Recover, UpdateCount, Acknowledge, Resolve, Remind}
    assert known == set(get_args(Command))


@over(_commands)
def test_the_state_is_the_fold_of_the_events(commands: list[Command]) -> None:
    state = INITIAL
    for command in commands:
        for event in incident.decide(command, state):
            state = evolve(state, event)
    events = after(*commands).events
    again = [load_event(event.TYPE, event.model_dump(mode="json")) for event in events]
    assert incident.DECIDER.fold(again) == state


@over(_commands)
def test_each_occurrence_opens_once_and_is_resolved_once(commands: list[Command]) -> None:
    events = after(*commands).events
    for kind in (IncidentOpened, IncidentResolved):
        ids = [event.incident_id for event in events if isinstance(event, kind)]
        assert len(ids) == len(set(ids))


@over(_commands, st.integers(0, 11))
def test_a_repeated_command_changes_nothing(commands: list[Command], place: int) -> None:
    for command in commands[place : place + 1]:
        after(*commands[:place], command).when(command).then_nothing()
