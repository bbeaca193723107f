"""Decides the verdict of an entitlement (pure), such as running or suspended, and its reason."""

from datetime import datetime

from slipway.contracts.subscriptions import Entitlement, PlanTerms, RecordFields, Verdict
from slipway.ingest.ghl.status import StatusClass
from slipway.ingest.subscriptions.plans import Plan
from slipway.ingest.subscriptions.purchase import NotVps, PriceMeaning, Unclear, Unmapped


def verdict_after(
    previous: Entitlement | None,
    status: StatusClass,
    meaning: PriceMeaning,
    terms: PlanTerms | None,
    fields: RecordFields,
) -> tuple[Verdict, str]:
    """Returns the verdict and the reason.

    An admin decides if a server may run and the record neither entitles to it nor ends it (H36).
    """
    verdict, reason = verdict_for(status, meaning, terms, fields)
    if may_run(previous) and may_have_lapsed(status, meaning, verdict):
        return Verdict.REFERRED, f"{reason}; it had a server: an admin decides"
    return verdict, reason


def verdict_for(  # noqa: C901, PLR0911 - one arm per class of status
    status: StatusClass, meaning: PriceMeaning, terms: PlanTerms | None, fields: RecordFields
) -> tuple[Verdict, str]:
    """Returns the verdict and the reason. `terms` is None if no plan is known."""
    status_text = f"GHL says {fields.status or 'nothing'}"
    if isinstance(meaning, NotVps) and terms is None:
        return Verdict.UNCHANGED, f"{status_text}; the price is no VPS"
    match status:
        case StatusClass.NOT_YET:
            return Verdict.UNCHANGED, f"{status_text}: no server until it is paid"
        case StatusClass.TRIAL | StatusClass.ACTIVE:
            return _for_paying(status, meaning, fields, status_text)
        case StatusClass.OVERDUE:
            return Verdict.SUSPENDED, f"{status_text}: suspended after the plan's grace"
        case StatusClass.STOPPED:
            return Verdict.SUSPENDED, f"{status_text}: suspended until it is paid again"
        case StatusClass.ENDED:
            hold = " after the plan's hold" if terms and terms.hold_seconds > 0 else ""
            return Verdict.ABSENT, f"{status_text}: deleted{hold}"
        case StatusClass.DISPUTED:
            return Verdict.REFERRED, f"{status_text}: an admin decides"
        case StatusClass.UNKNOWN:
            return Verdict.UNCHANGED, f"the status {fields.status!r} is unknown"


def _for_paying(
    status: StatusClass, meaning: PriceMeaning, fields: RecordFields, status_text: str
) -> tuple[Verdict, str]:
    match meaning:
        case Plan(name, terms):
            if not fields.live and not terms.test:
                return Verdict.UNCHANGED, f"{status_text}, in test mode; {name} serves no tests"
            if status is StatusClass.TRIAL and not terms.trial:
                return Verdict.UNCHANGED, f"{status_text}; {name} serves no trials"
            return Verdict.RUNNING, f"{status_text} for plan {name}"
        case Unmapped(price_id):
            return Verdict.UNCHANGED, f"{status_text}, but price {price_id} has no plan"
        case Unclear(field, problem):
            return Verdict.UNCHANGED, f"{status_text}, but {field}: {problem}"
        case NotVps():
            return Verdict.UNCHANGED, f"{status_text}; the price is no VPS"


def with_date(reason: str, verdict: Verdict, suspend_at: datetime | None) -> str:
    """Returns the reason with the date until which the server runs, if there is one."""
    if suspend_at is None:
        return reason
    until = "paid through" if verdict is Verdict.ABSENT else "it runs until"
    return f"{reason}; {until} {suspend_at:%Y-%m-%d %H:%M} UTC"


_MAY_LAPSE = {StatusClass.NOT_YET, StatusClass.TRIAL, StatusClass.ACTIVE}


def may_have_lapsed(status: StatusClass, meaning: PriceMeaning, verdict: Verdict) -> bool:
    """Returns whether a clear record entitles to no server, although it did not end (H36)."""
    if verdict is not Verdict.UNCHANGED or status not in _MAY_LAPSE:
        return False
    return status is StatusClass.NOT_YET or isinstance(meaning, Plan)


def may_run(entitlement: Entitlement | None) -> bool:
    """Returns whether the subscription was entitled to a server and has not ended since."""
    if entitlement is None or entitlement.started_at is None:
        return False
    return entitlement.verdict is not Verdict.ABSENT
