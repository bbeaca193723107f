"""Finds the date to which the customer has paid (pure). No server is taken away before it (H45).

Sources in this order: the subscription's end, the end of the period in the payment provider's
snapshot, the last payment plus the interval of the price. GHL documents none of them (docs/ghl.md).
"""

from calendar import monthrange
from collections.abc import Iterator
from datetime import datetime, timedelta

from slipway.contracts.subscriptions import Entitlement
from slipway.ingest.ghl.dates import DateReader, StatusDates
from slipway.ingest.ghl.payload import Payload, items, mapping, text
from slipway.ingest.ghl.status import StatusClass, classify
from slipway.ingest.subscriptions.purchase import parse_quantity

_PERIOD_ENDS = ("current_period_end", "currentPeriodEnd", "cancel_at")
_UNPAID = {StatusClass.TRIAL, StatusClass.OVERDUE, StatusClass.STOPPED}
_LAST_PAYMENTS = ("lastPaymentDate", "lastPaymentAt", "lastPaidAt")
_AT_PERIOD_END = timedelta(hours=2)
"""A subscription that ends at its period's end changes its status within this time."""
_MAX_PERIODS = 5000
_DAYS = {"day": 1, "week": 7}
_MONTHS = {"month": 1, "year": 12}


def paid_through(
    record: Payload,
    order: Payload | None,
    dates: StatusDates,
    previous: Entitlement | None,
    reader: DateReader,
) -> datetime | None:
    """Returns the end of the period that was paid for, or None if the record does not show it.

    A trial, and a period whose payment failed, are not paid for. Then the earlier date stays.
    """
    status = classify(record.get("status"))
    shown = _shown_end(record, order, dates, reader)
    kept = previous.paid_through if previous is not None else None
    before = None if previous is None else classify(previous.record.status)
    if status is StatusClass.ACTIVE:
        return shown or kept
    if status is not StatusClass.ENDED or before in _UNPAID:
        return kept
    is_known = previous is not None and previous.counted_from is not None
    return kept if before is StatusClass.ENDED and is_known else shown or kept


def _shown_end(
    record: Payload, order: Payload | None, dates: StatusDates, reader: DateReader
) -> datetime | None:
    start = reader.read("subscriptionStartDate", record.get("subscriptionStartDate"))
    snapshot = mapping(record.get("subscriptionSnapshot"))
    end = reader.read_end("subscriptionEndDate", record.get("subscriptionEndDate"), start)
    period_end = _period_end(snapshot, start, reader)
    payment = _last_payment_plus_interval(record, order, dates, start, reader)
    canceled = dates.canceled if dates.canceled and dates.canceled > reader.now else None
    return end or period_end or payment or canceled


def _period_end(snapshot: Payload, start: datetime | None, reader: DateReader) -> datetime | None:
    lines = snapshot.get("items")
    found = [
        reader.read_end(f"subscriptionSnapshot.{name}", part.get(name), start)
        for part in (snapshot, *items(mapping(lines).get("data") or lines))
        for name in _PERIOD_ENDS
    ]
    return max((date for date in found if date is not None), default=None)


def _last_payment_plus_interval(
    record: Payload,
    order: Payload | None,
    dates: StatusDates,
    start: datetime | None,
    reader: DateReader,
) -> datetime | None:
    interval = next(_intervals(record, order), None)
    if interval is None:
        return None
    snapshot = mapping(record.get("subscriptionSnapshot"))
    paid = [reader.read_end(name, record.get(name), start) for name in _LAST_PAYMENTS] + [
        reader.read(f"subscriptionSnapshot.{name}", snapshot.get(name))
        for name in ("current_period_start", "currentPeriodStart")
    ]
    last = max((date for date in paid if date is not None), default=None)
    if last is not None:
        return _in_reach(_later(last, interval, 1), reader)
    return None if start is None else _end_of_period(start, interval, dates, reader)


def _end_of_period(
    start: datetime, interval: tuple[str, int], dates: StatusDates, reader: DateReader
) -> datetime | None:
    """Returns the end of the billing period in which the status changed.

    The periods follow each other from the start of the subscription.
    """
    told = [date for date in (dates.canceled, dates.updated) if date and date <= reader.now]
    changed = max(told, default=reader.now)
    for periods in range(1, _MAX_PERIODS):
        end = _later(start, interval, periods)
        if end is None or end + _AT_PERIOD_END >= changed:
            return _in_reach(end, reader)
    return None


def _in_reach(date: datetime | None, reader: DateReader) -> datetime | None:
    return None if date is None else reader.read("last payment plus interval", date.isoformat())


def _intervals(record: Payload, order: Payload | None) -> Iterator[tuple[str, int]]:
    recurring = mapping(record.get("recurringProduct"))
    prices = [mapping(recurring.get("price")), recurring]
    prices += [mapping(item.get("price")) for item in items(mapping(order).get("items"))]
    for price in prices:
        told = mapping(price.get("recurring"))
        interval = (text(told.get("interval")) or "").lower()
        count = parse_quantity(told.get("intervalCount", 1))
        if interval in _DAYS | _MONTHS and count is not None:
            yield interval, count


def _later(start: datetime, interval: tuple[str, int], periods: int) -> datetime | None:
    """Returns the start plus this number of intervals, or None if no date can express it."""
    name, count = interval
    try:
        if name in _DAYS:
            return start + timedelta(days=_DAYS[name] * count * periods)
        months = start.month - 1 + _MONTHS[name] * count * periods
        year, month = start.year + months // 12, months % 12 + 1
        return start.replace(year=year, month=month, day=min(start.day, monthrange(year, month)[1]))
    except (OverflowError, ValueError):
        return None
