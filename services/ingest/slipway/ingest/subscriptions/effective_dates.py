"""When an entitlement began, changed and takes effect (pure), by GHL's own times."""

from datetime import datetime, timedelta

from slipway.contracts.subscriptions import Entitlement, PlanTerms, RecordFields, Verdict
from slipway.ingest.ghl.payload import Payload, mapping, moment
from slipway.ingest.ghl.status import StatusClass, classify


def changed_at(
    snapshot: RecordFields, status: StatusClass, previous: Entitlement | None, now: datetime
) -> datetime:
    """GHL's time of the change. It stays while the status stays: else each edit renews a grace."""
    if previous and previous.changed_at and classify(previous.record.status) is status:
        return previous.changed_at
    ended = snapshot.canceled_at if status is StatusClass.ENDED else None
    return ended or snapshot.updated_at or snapshot.created_at or now


def started_at(
    record: Payload, verdict: Verdict, previous: Entitlement | None, snapshot: RecordFields
) -> datetime | None:
    """When GHL began to owe a server; a life after an end starts anew."""
    started = previous.started_at if previous else None
    if verdict is not Verdict.RUNNING:
        return started
    if previous is not None and (started is None or previous.verdict is Verdict.ABSENT):
        return _schedule_start(record, snapshot) or snapshot.updated_at or snapshot.created_at
    return started or _schedule_start(record, snapshot) or snapshot.created_at


def _schedule_start(record: Payload, snapshot: RecordFields) -> datetime | None:
    schedule = mapping(record.get("schedule"))
    rule = mapping(schedule.get("rrule"))
    start = moment(schedule.get("executeAt")) or moment(rule.get("startDate"))
    created, updated = snapshot.created_at, snapshot.updated_at
    # Only a start that lies between purchase and now is one; the rule also dates the next renewal.
    if start is None or created is None or updated is None:
        return None
    return start if created < start <= updated else None


def suspend_at(
    status: StatusClass, verdict: Verdict, terms: PlanTerms | None, changed_at: datetime
) -> datetime | None:
    if verdict is not Verdict.SUSPENDED or status is not StatusClass.OVERDUE or not terms:
        return None
    return changed_at + timedelta(seconds=terms.grace_seconds)


def delete_at(verdict: Verdict, terms: PlanTerms | None, changed_at: datetime) -> datetime | None:
    if verdict is not Verdict.ABSENT or not terms:
        return None
    return changed_at + timedelta(seconds=terms.hold_seconds)
