"""Derives the entitlement from GHL's record and order (pure).

`reader` calls it after each read, and `decider` decides whether anything changed.
"""

from dataclasses import dataclass
from datetime import datetime

from slipway.contracts.ids import subscription_id
from slipway.contracts.subscriptions import Entitlement, PlanTerms
from slipway.ingest.ghl.dates import DateReader, read_status_dates
from slipway.ingest.ghl.payload import Payload, first, mapping, text
from slipway.ingest.ghl.record import read_fields
from slipway.ingest.ghl.status import StatusClass, classify
from slipway.ingest.subscriptions import effective_dates
from slipway.ingest.subscriptions.paid_through import paid_through
from slipway.ingest.subscriptions.plans import Plan, Plans
from slipway.ingest.subscriptions.purchase import (
    PriceMeaning,
    Purchase,
    Unclear,
    find_purchase,
    meaning_of,
)
from slipway.ingest.subscriptions.verdict import verdict_after, with_date


@dataclass(frozen=True)
class Assessment:
    entitlement: Entitlement
    status: StatusClass
    meaning: PriceMeaning

    @property
    def is_complete(self) -> bool:
        """Returns False if GHL may show a missing part in some seconds, such as a new order."""
        return not (isinstance(self.meaning, Unclear) and self.meaning.may_pass)


def assess(
    record: Payload,
    order: Payload | None,
    plans: Plans,
    previous: Entitlement | None,
    now: datetime,
) -> Assessment:
    """Returns the entitlement, the class of the status and the meaning of the price.

    `previous` is the last entitlement of the stream. Its dates and terms stay valid. The caller has
    verified that the record is the requested one (`_id`, and `altId` if present).
    """
    reader, status = DateReader(now), classify(record.get("status"))
    dates = read_status_dates(record, reader)
    bought = find_purchase(record, order, plans)
    meaning = meaning_of(bought, plans)
    fields = read_fields(record, bought.price_id if isinstance(bought, Purchase) else None)
    location = str(record["altId"])
    plan = _plan_in_force(meaning, bought, previous)
    paid = paid_through(record, order, dates, previous, reader)
    counted = effective_dates.counted_from(status, previous, now)
    verdict, reason = verdict_after(previous, status, meaning, plan.terms, fields)
    changed = effective_dates.changed_at(dates, status, previous, now)
    taking = effective_dates.taking_away(status, verdict, plan.terms, changed, counted, paid)
    entitlement = Entitlement(
        subscription_id=subscription_id(location, str(record["_id"])),
        location_id=location,
        contact_id=_contact(record) or (previous.contact_id if previous else None),
        verdict=verdict,
        reason=with_date(reason, verdict, taking.suspend_at),
        plan=plan.name,
        terms=plan.terms,
        quantity=plan.quantity,
        started_at=effective_dates.started_at(record, verdict, previous, dates, reader),
        changed_at=changed,
        counted_from=counted,
        paid_through=paid,
        suspend_at=taking.suspend_at,
        delete_at=taking.delete_at,
        skipped_dates=reader.skipped,
        decided_at=now,
        record=fields,
    )
    return Assessment(entitlement, status, meaning)


@dataclass(frozen=True)
class _PlanInForce:
    name: str | None
    terms: PlanTerms | None
    quantity: int | None


def _plan_in_force(
    meaning: PriceMeaning, bought: Purchase | Unclear, previous: Entitlement | None
) -> _PlanInForce:
    """Returns the plan of the price, or the previous plan if the price is not understood.

    With the previous plan, the customer keeps the terms that were sold, above all the plan's hold
    after cancellation.
    """
    if isinstance(meaning, Plan) and isinstance(bought, Purchase):
        return _PlanInForce(meaning.name, meaning.terms, bought.quantity)
    if previous is None:
        return _PlanInForce(None, None, None)
    return _PlanInForce(previous.plan, previous.terms, previous.quantity)


def _contact(record: Payload) -> str | None:
    return text(record.get("contactId")) or first(mapping(record.get("contactSnapshot")), "id")
