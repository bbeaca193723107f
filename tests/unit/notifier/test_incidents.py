"""One cause, one incident: opened once, announced as it grows, acknowledged, over, and again."""

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
OVER = Recover("The server runs.")
BEN_TOO = Acknowledge(FIRST, "c2", "user:ben", "me too")


def seen(incident_id: str = FIRST, command_id: str = "c1") -> Acknowledge:
    return Acknowledge(incident_id, command_id, "user:ada", "on it")


def closed(incident_id: str = FIRST, command_id: str = "c9") -> Resolve:
    return Resolve(incident_id, command_id, "user:ada", "false alarm")


def after(*commands: Command) -> Given:
    return given(incident.DECIDER).after(commands)


def test_the_first_symptom_opens_it_and_the_second_joins() -> None:
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


def test_people_are_reminded_after_a_quarter_of_an_hour_and_then_hourly() -> None:
    reminders: list[datetime] = []
    commands: list[Command] = [OPENED]
    for minute in range(0, 200, 5):
        told = after(*commands).when(Remind(minutes(minute))).events
        reminders += [minutes(minute)] * len(told)
        commands.append(Remind(minutes(minute)))
    assert reminders == [minutes(15), minutes(75), minutes(135), minutes(195)]


def test_the_pace_is_a_setting() -> None:
    pace = ReminderSchedule(timedelta(minutes=1), timedelta(minutes=2))
    [opened] = after().when(Raise(symptom(), minutes(0), pace)).events
    assert isinstance(opened, IncidentOpened)
    assert opened.remind_at == minutes(1)
    again = after(Raise(symptom(), minutes(0), pace)).when(Remind(minutes(1), pace))
    again.then(IncidentReminded(incident_id=FIRST, reminder=1, remind_at=minutes(3)))


def test_the_brake_pages_once_and_then_daily() -> None:
    brake = Raise(symptom(cause=IncidentCause.SAFETY_BRAKE, subject="brake"), minutes(0))
    after(brake).when(Remind(minutes(23 * 60))).then_nothing()
    told = after(brake).when(Remind(minutes(24 * 60))).then_types(IncidentReminded)
    assert incident.DECIDER.due_at(told.state) == minutes(48 * 60)


def test_once_acknowledged_nobody_is_reminded() -> None:
    known = after(OPENED).when(seen()).then_types(IncidentAcknowledged)
    assert incident.DECIDER.due_at(known.state) is None
    after(OPENED, seen()).when(Remind(minutes(600))).then_nothing()


def test_who_comes_second_is_told_who_is_on_it() -> None:
    [refused] = after(OPENED, seen()).when(BEN_TOO).then_types(CommandRefused).events
    assert isinstance(refused, CommandRefused)
    assert refused.reason == "ada has already acknowledged it."


def test_recovery_ends_it_and_so_does_a_person() -> None:
    [recovered] = after(OPENED).when(OVER).then_types(IncidentResolved).events
    assert isinstance(recovered, IncidentResolved)
    assert (recovered.actor, recovered.command_id) == ("slipway", None)
    [decided] = after(OPENED).when(closed()).then_types(IncidentResolved).events
    assert isinstance(decided, IncidentResolved)
    assert (decided.actor, decided.command_id) == ("user:ada", "c9")


def test_what_comes_back_is_a_new_occurrence_that_nobody_acknowledged() -> None:
    again = after(OPENED, seen(), OVER).when(OPENED).then_types(IncidentOpened)
    assert again.state.opened.incident_id == SECOND
    assert again.state.remind_at is not None


def test_a_word_on_an_earlier_occurrence_is_refused() -> None:
    reopened = after(OPENED, OVER, OPENED)
    reopened.when(seen(FIRST)).then_types(CommandRefused)
    reopened.when(closed(FIRST)).then_types(CommandRefused)
    reopened.when(seen(SECOND)).then_types(IncidentAcknowledged)


@pytest.mark.parametrize("command", [seen(), closed(), BEN_TOO], ids=["seen", "closed", "late"])
@pytest.mark.parametrize(
    "before", [(OPENED,), (OPENED, seen("x", "c0")), (OPENED, OVER)], ids=["open", "seen", "over"]
)
def test_a_command_that_comes_again_is_answered_once(
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
                OVER,
                UpdateCount(12),
                UpdateCount(80),
                seen(),
                seen(SECOND, "c3"),
                BEN_TOO,
                closed(),
            ),
            *(closed(SECOND, "c4"), Remind(minutes(20)), Remind(minutes(90))),
        ]
    ),
    max_size=12,
)


def test_the_law_knows_every_command() -> None:
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
def test_each_occurrence_opens_once_and_ends_once(commands: list[Command]) -> None:
    events = after(*commands).events
    for kind in (IncidentOpened, IncidentResolved):
        ids = [event.incident_id for event in events if isinstance(event, kind)]
        assert len(ids) == len(set(ids))


@over(_commands, st.integers(0, 11))
def test_what_comes_twice_in_a_row_changes_nothing(commands: list[Command], place: int) -> None:
    for command in commands[place : place + 1]:
        after(*commands[:place], command).when(command).then_nothing()
