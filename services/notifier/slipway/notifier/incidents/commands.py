"""Commands of an incident stream, and the schedule of its reminders.

`intake` sends them, and `decider` decides on them.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from slipway.contracts.incidents import AffectedCustomer, IncidentCause
from slipway.notifier.incidents.rules.result import Symptom


@dataclass(frozen=True)
class ReminderSchedule:
    """The waits before the reminders of an incident that no admin has acknowledged."""

    first: timedelta = timedelta(minutes=15)
    later: timedelta = timedelta(hours=1)

    def for_cause(self, cause: IncidentCause) -> "ReminderSchedule":
        """Returns the schedule for incidents of this cause.

        Reminders of the safety brake are daily, because it harms no customer. Other causes have
        this schedule.
        """
        return _DAILY if cause is IncidentCause.SAFETY_BRAKE else self


_DAILY = ReminderSchedule(timedelta(days=1), timedelta(days=1))

DEFAULT_SCHEDULE = ReminderSchedule()


@dataclass(frozen=True)
class Raise:
    """A symptom has appeared. It opens the incident if the incident is not open."""

    symptom: Symptom
    now: datetime
    schedule: ReminderSchedule = DEFAULT_SCHEDULE


@dataclass(frozen=True)
class UpdateCount:
    """The number of active symptoms changed."""

    symptom_count: int
    now: datetime
    customers: tuple[AffectedCustomer, ...] = ()


@dataclass(frozen=True)
class Recover:
    """The last symptom ended."""

    reason: str


@dataclass(frozen=True)
class Resolve:
    """An admin closes the incident."""

    incident_id: str
    command_id: str
    actor: str
    reason: str


@dataclass(frozen=True)
class Acknowledge:
    """An admin takes care of the incident, so the reminders stop."""

    incident_id: str
    command_id: str
    actor: str
    reason: str


@dataclass(frozen=True)
class Remind:
    """Sends a due reminder or records a due count of symptoms."""

    now: datetime
    schedule: ReminderSchedule = DEFAULT_SCHEDULE
    symptom_count: int = 1
    customers: tuple[AffectedCustomer, ...] = ()


Command = Raise | UpdateCount | Recover | Resolve | Acknowledge | Remind
