"""Derives an entitlement's dates from GHL's dates (pure): start, change, suspension, deletion.

GHL's dates serve the statistics. A promise to the customer never counts from a date that lies
before the reading that first showed the change (H34).
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from slipway.contracts.subscriptions import EndOfPlan, Entitlement, PlanTerms, Verdict
from slipway.ingest.ghl.dates import DateReader, StatusDates
from slipway.ingest.ghl.payload import Payload, mapping
from slipway.ingest.ghl.status import StatusClass, classify


def changed_at(
    dates: StatusDates, status: StatusClass, previous: Entitlement | None, now: datetime
) -> datetime:
    """Returns GHL's date of the last status change.

    The date does not change while the status is the same. Otherwise each edit in GHL would move it.
    `canceledAt` may be the day of asking, so for the end of a subscription the later of both dates
    is returned.
    """
    if previous and previous.changed_at and classify(previous.record.status) is status:
        return previous.changed_at
    if status is StatusClass.ENDED and dates.canceled:
        return max(dates.canceled, dates.updated or dates.canceled)
    return dates.updated or dates.created or now


_COUNTS = {StatusClass.OVERDUE, StatusClass.STOPPED, StatusClass.ENDED}


def counted_from(
    status: StatusClass, previous: Entitlement | None, now: datetime
) -> datetime | None:
    """Returns when a grace or a hold begins: at the first reading that showed the change."""
    if status not in _COUNTS:
        return None
    if previous is None or classify(previous.record.status) is not status:
        return now
    return previous.counted_from or previous.changed_at or now


def started_at(
    record: Payload,
    verdict: Verdict,
    previous: Entitlement | None,
    dates: StatusDates,
    reader: DateReader,
) -> datetime | None:
    """Returns when the customer became entitled to a server. A re-activation is a new start."""
    started = previous.started_at if previous else None
    if verdict is not Verdict.RUNNING:
        return started
    scheduled = _schedule_start(record, dates, reader)
    if previous is not None and (started is None or previous.verdict is Verdict.ABSENT):
        return scheduled or dates.updated or dates.created
    return started or scheduled or dates.created


def _schedule_start(record: Payload, dates: StatusDates, reader: DateReader) -> datetime | None:
    schedule = mapping(record.get("schedule"))
    rule = mapping(schedule.get("rrule"))
    start = reader.read("schedule.executeAt", schedule.get("executeAt")) or reader.read(
        "schedule.rrule.startDate", rule.get("startDate")
    )
    created, updated = dates.created, dates.updated
    # The rule also has the date of the next renewal. Only a date between creation and the last
    # update is the start.
    if start is None or created is None or updated is None:
        return None
    return start if created < start <= updated else None


@dataclass(frozen=True)
class TakingAway:
    """Earliest times of the suspension and the deletion. None means immediately."""

    suspend_at: datetime | None = None
    delete_at: datetime | None = None


def taking_away(
    status: StatusClass,
    verdict: Verdict,
    terms: PlanTerms | None,
    changed: datetime,
    counted: datetime | None,
    paid_through: datetime | None,
) -> TakingAway:
    """Returns when the server is suspended and when it is deleted.

    An overdue subscription has only the end of its grace. An ended one has the date that is paid
    for, if that is in the future, and the end of the hold after it.
    """
    if terms is None or counted is None:
        return TakingAway()
    if verdict is Verdict.SUSPENDED and status is StatusClass.OVERDUE:
        return TakingAway(counted + timedelta(seconds=terms.grace_seconds))
    if verdict is not Verdict.ABSENT:
        return TakingAway()
    hold = timedelta(seconds=terms.hold_seconds)
    runs_on = terms.end is EndOfPlan.PAID_THROUGH
    if runs_on and paid_through is not None and paid_through > counted:
        return TakingAway(paid_through, paid_through + hold)
    # Without a hold nothing is promised, and the statistics count from the cancellation.
    return TakingAway(None, counted + hold if hold else min(changed, counted))
