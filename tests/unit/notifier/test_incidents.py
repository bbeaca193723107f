"""Incidents: opened once for each cause, announced as they grow, acknowledged and resolved."""

from datetime import datetime, timedelta
from typing import get_args

import pytest
from hypothesis import given as over
from hypothesis import strategies as st
from slipway.contracts.codec import load_event
from slipway.contracts.commands import CommandRefused
from slipway.contracts.incidents import (
    AffectedCustomer,
    IncidentAcknowledged,
    IncidentCause,
    IncidentCounted,
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


def counted(number: int) -> UpdateCount:
    return UpdateCount(number, minutes(0))


def after(*commands: Command) -> Given:
    return given(incident.DECIDER).after(commands)


def test_the_first_symptom_opens_the_incident_and_the_second_joins() -> None:
    [opened] = after().when(OPENED).then_types(IncidentOpened).events
    assert isinstance(opened, IncidentOpened)
    assert (opened.incident_id, opened.contact_id, opened.plan) == (FIRST, "contact-ada", "small")
    after(OPENED).when(Raise(symptom("loc:ada-2"), minutes(1))).then_nothing()


def test_growth_is_announced_at_each_threshold_once() -> None:
    after(OPENED).when(counted(9)).then_types(IncidentCounted)
    after(OPENED).when(counted(10)).then(IncidentGrew(incident_id=FIRST, symptom_count=10))
    after(OPENED, counted(10)).when(counted(49)).then_types(IncidentCounted)
    after(OPENED, counted(10)).when(counted(120)).then(
        IncidentGrew(incident_id=FIRST, symptom_count=120)
    )
    after(OPENED, counted(120)).when(counted(60)).then_types(IncidentCounted)


UNMAPPED = Raise(symptom(cause=IncidentCause.PLAN_UNMAPPED, subject="price_9"), minutes(0))


def test_each_of_the_first_ten_customers_who_pay_and_get_nothing_is_announced() -> None:
    commands: list[Command] = [UNMAPPED]
    for number in range(2, 11):
        after(*commands).when(counted(number)).then_types(IncidentGrew)
        commands.append(counted(number))
    after(*commands).when(counted(11)).then_types(IncidentCounted)
    after(*commands).when(counted(20)).then_types(IncidentGrew)


def test_a_new_customer_is_announced_although_others_no_longer_wait() -> None:
    shrunk = after(UNMAPPED, counted(5), counted(2)).when(counted(3))
    shrunk.then_types(IncidentGrew)


@over(st.lists(st.integers(1, 20), max_size=12))
def test_up_to_twenty_symptoms_the_recorded_number_is_always_the_true_one(
    numbers: list[int],
) -> None:
    for cause in (IncidentCause.PLAN_UNMAPPED, IncidentCause.ACCOUNT_PAUSED):
        opened = Raise(symptom(cause=cause), minutes(0))
        state = after(opened, *map(counted, numbers)).when(RECOVERED)
        last = after(opened).when(RECOVERED) if not numbers else state
        [resolved_] = last.events
        assert isinstance(resolved_, IncidentResolved)
        assert resolved_.symptom_count == max([1, *numbers])
        shown = after(opened, *map(counted, numbers)).when(counted(21)).events
        assert len(shown) == 1


def test_a_flood_of_symptoms_is_counted_again_after_some_seconds() -> None:
    flooded = after(OPENED, counted(50)).when(counted(51)).then_types(IncidentCounted)
    recount_at = flooded.state.recount_at
    assert recount_at == minutes(0) + timedelta(seconds=5)
    assert incident.DECIDER.due_at(flooded.state) == recount_at
    after(OPENED, counted(50), counted(51)).when(counted(60)).then_nothing()
    recount = Remind(recount_at, symptom_count=60)
    after(OPENED, counted(50), counted(51)).when(recount).then(
        IncidentCounted(incident_id=FIRST, symptom_count=60)
    )


def test_a_reminder_has_the_number_and_the_customers_of_its_time() -> None:
    ada = AffectedCustomer(subscription_id="loc:ada", contact_id="contact-ada")
    reminder = Remind(minutes(15), symptom_count=7, customers=(ada,))
    [reminded] = after(OPENED).when(reminder).events
    assert isinstance(reminded, IncidentReminded)
    assert (reminded.symptom_count, reminded.customers) == (7, (ada,))


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
    again.then(
        IncidentReminded(incident_id=FIRST, reminder=1, remind_at=minutes(3), symptom_count=1)
    )


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
                counted(12),
                counted(80),
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
