"""GHL's record and order to an entitlement (pure): one function per class of status.

Called by the worker after each read-back; `subscription` decides whether anything is new.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from slipway.contracts.ids import subscription_id
from slipway.contracts.subscriptions import Entitlement, PlanTerms, RecordFields, Verdict
from slipway.ingest.ghl import record as facts
from slipway.ingest.ghl.payload import first, mapping, text
from slipway.ingest.ghl.status import StatusClass, classify
from slipway.ingest.subscriptions import effective_dates as times
from slipway.ingest.subscriptions import purchase
from slipway.ingest.subscriptions.plans import Plan, Plans
from slipway.ingest.subscriptions.purchase import Purchase, Unclear

Record = Mapping[str, Any]


@dataclass(frozen=True)
class Unmapped:
    price_id: str
    product_name: str | None


@dataclass(frozen=True)
class NotVps:
    price_id: str


Meaning = Plan | Unmapped | NotVps | Unclear
"""What the purchase turned out to be; Unclear carries the field and the problem."""


@dataclass(frozen=True)
class Assessment:
    entitlement: Entitlement
    status: StatusClass
    meaning: Meaning


def assess(
    record: Record,
    order: Record | None,
    plans: Plans,
    previous: Entitlement | None,
    now: datetime,
) -> Assessment:
    """`previous` is the last entitlement of the stream: start, change and known terms carry on.

    The caller has proven that the record is the one asked for (`_id`, and `altId` if present).
    """
    bought = purchase.find(record, order, plans)
    meaning = _meaning(bought, plans)
    status = classify(record.get("status"))
    snapshot = facts.read(record, bought.price_id if isinstance(bought, Purchase) else None)
    location = str(record["altId"])
    known = _known(meaning, bought, previous)
    changed_at = times.changed_at(snapshot, status, previous, now)
    verdict, reason = _verdict(status, meaning, known, snapshot)
    return Assessment(
        Entitlement(
            subscription_id=subscription_id(location, str(record["_id"])),
            location_id=location,
            contact_id=_contact(record) or (previous.contact_id if previous else None),
            verdict=verdict,
            reason=reason,
            plan=known.plan,
            terms=known.terms,
            quantity=known.quantity,
            started_at=times.started_at(record, verdict, previous, snapshot),
            changed_at=changed_at,
            suspend_at=times.suspend_at(status, verdict, known.terms, changed_at),
            delete_at=times.delete_at(verdict, known.terms, changed_at),
            decided_at=now,
            record=snapshot,
        ),
        status,
        meaning,
    )


@dataclass(frozen=True)
class _Known:
    plan: str | None
    terms: PlanTerms | None
    quantity: int | None


def _meaning(bought: Purchase | Unclear, plans: Plans) -> Meaning:
    if isinstance(bought, Unclear):
        return bought
    if bought.price_id in plans.not_vps:
        return NotVps(bought.price_id)
    return plans.by_price.get(bought.price_id) or Unmapped(bought.price_id, bought.product_name)


def _known(meaning: Meaning, bought: Purchase | Unclear, previous: Entitlement | None) -> _Known:
    """Where the price can't be told any more, the terms promised before go on: above all a hold."""
    if isinstance(meaning, Plan) and isinstance(bought, Purchase):
        return _Known(meaning.name, meaning.terms, bought.quantity)
    if previous is None:
        return _Known(None, None, None)
    return _Known(previous.plan, previous.terms, previous.quantity)


def _verdict(  # noqa: C901, PLR0911 - one arm per class of status
    status: StatusClass, meaning: Meaning, known: _Known, snapshot: RecordFields
) -> tuple[Verdict, str]:
    said = f"GHL says {snapshot.status or 'nothing'}"
    if isinstance(meaning, NotVps) and known.plan is None:
        return Verdict.UNCHANGED, f"{said}; the price is no VPS"
    match status:
        case StatusClass.NOT_YET:
            return Verdict.UNCHANGED, f"{said}: nothing new until it is paid"
        case StatusClass.TRIAL | StatusClass.ACTIVE:
            return _entitled(status, meaning, snapshot, said)
        case StatusClass.OVERDUE:
            return Verdict.SUSPENDED, f"{said}: off after the plan's grace"
        case StatusClass.STOPPED:
            return Verdict.SUSPENDED, f"{said}: off until it is paid again"
        case StatusClass.ENDED:
            held = known.terms is not None and known.terms.hold_seconds > 0
            return Verdict.ABSENT, f"{said}: gone" + (" after the plan's hold" if held else "")
        case StatusClass.DISPUTED:
            return Verdict.REFERRED, f"{said}: a person decides"
        case StatusClass.UNKNOWN:
            return Verdict.UNCHANGED, f"the status {snapshot.status!r} is unknown"


def _entitled(
    status: StatusClass, meaning: Meaning, snapshot: RecordFields, said: str
) -> tuple[Verdict, str]:
    match meaning:
        case Plan(name, terms):
            if not snapshot.live and not terms.test:
                return Verdict.UNCHANGED, f"{said}, in test mode; {name} serves no tests"
            if status is StatusClass.TRIAL and not terms.trial:
                return Verdict.UNCHANGED, f"{said}; {name} serves no trials"
            return Verdict.RUNNING, f"{said} for plan {name}"
        case Unmapped(price_id):
            return Verdict.UNCHANGED, f"{said}, but nobody mapped price {price_id} to a plan"
        case Unclear(field, problem):
            return Verdict.UNCHANGED, f"{said}, but {field}: {problem}"
        case NotVps():
            return Verdict.UNCHANGED, f"{said}; the price is no VPS"


def _contact(record: Record) -> str | None:
    return text(record.get("contactId")) or first(mapping(record.get("contactSnapshot")), "id")
