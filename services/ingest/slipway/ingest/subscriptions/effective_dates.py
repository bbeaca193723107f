"""Derives an entitlement's dates from GHL's dates (pure): start, change, suspension, deletion."""

from datetime import datetime, timedelta

from slipway.contracts.subscriptions import Entitlement, PlanTerms, RecordFields, Verdict
from slipway.ingest.ghl.payload import Payload, mapping, moment
from slipway.ingest.ghl.status import StatusClass, classify


def changed_at(
    fields: RecordFields, status: StatusClass, previous: Entitlement | None, now: datetime
) -> datetime:
    """Returns GHL's date of the last status change.

    The date does not change while the status is the same. Otherwise each edit in GHL would restart
    the grace period.
    """
    if previous and previous.changed_at and classify(previous.record.status) is status:
        return previous.changed_at
    ended = fields.canceled_at if status is StatusClass.ENDED else None
    return ended or fields.updated_at or fields.created_at or now


def started_at(
    record: Payload, verdict: Verdict, previous: Entitlement | None, fields: RecordFields
) -> datetime | None:
    """Returns when the customer became entitled to a server. A re-activation is a new start."""
    started = previous.started_at if previous else None
    if verdict is not Verdict.RUNNING:
        return started
    if previous is not None and (started is None or previous.verdict is Verdict.ABSENT):
        return _schedule_start(record, fields) or fields.updated_at or fields.created_at
    return started or _schedule_start(record, fields) or fields.created_at


def _schedule_start(record: Payload, fields: RecordFields) -> datetime | None:
    schedule = mapping(record.get("schedule"))
    rule = mapping(schedule.get("rrule"))
    start = moment(schedule.get("executeAt")) or moment(rule.get("startDate"))
    created, updated = fields.created_at, fields.updated_at
    # The rule also has the date of the next renewal. Only a date between creation and the last
    # update is the start.
    if start is None or created is None or updated is None:
        return None
    return start if created < start <= updated else None


def suspend_at(
    status: StatusClass, verdict: Verdict, terms: PlanTerms | None, changed_at: datetime
) -> datetime | None:
    """Returns the end of an overdue subscription's grace period. None for other subscriptions."""
    if verdict is not Verdict.SUSPENDED or status is not StatusClass.OVERDUE or not terms:
        return None
    return changed_at + timedelta(seconds=terms.grace_seconds)


def delete_at(verdict: Verdict, terms: PlanTerms | None, changed_at: datetime) -> datetime | None:
    """Returns the end of the plan's hold after cancellation. None before the cancellation."""
    if verdict is not Verdict.ABSENT or not terms:
        return None
    return changed_at + timedelta(seconds=terms.hold_seconds)
