"""Rules for subscriptions: unmapped plans, unclear records, dates, refunds, write-backs (pure)."""

from collections.abc import Iterable
from datetime import datetime

from slipway.contracts import subscriptions
from slipway.contracts.incidents import IncidentCause, Severity
from slipway.notifier.incidents.rules.result import Recovery, RuleResult, Rules, Symptom
from slipway.notifier.message_text import MessageText, sentence

RULES = Rules()

_ABOUT_THE_RECORD = (
    IncidentCause.SUBSCRIPTION_NOT_UNDERSTOOD,
    IncidentCause.REFUND,
    IncidentCause.PLAN_UNMAPPED,
)


def _subscription_symptom(
    event: subscriptions.SubscriptionEvent, since: datetime, cause: IncidentCause, text: MessageText
) -> Symptom:
    entitlement = event.entitlement
    return Symptom(
        cause=cause,
        subject=entitlement.subscription_id,
        affected=entitlement.subscription_id,
        severity=Severity.TODAY,
        since=since,
        subscription_id=entitlement.subscription_id,
        contact_id=entitlement.contact_id,
        plan=entitlement.plan,
        **text.fields(),
    )


def _recoveries(
    event: subscriptions.SubscriptionEvent, *causes: IncidentCause
) -> Iterable[RuleResult]:
    """Returns the recoveries of these causes, of a missing record, and of impossible dates."""
    dates = () if event.entitlement.skipped_dates else (IncidentCause.IMPOSSIBLE_DATE,)
    # Any subject matches, because the customer may have changed to another unmapped price.
    for cause in (*causes, *dates, IncidentCause.RECORD_MISSING):
        yield Recovery(
            cause, None, event.entitlement.subscription_id, "GHL's record is clear again."
        )


def _dates(event: subscriptions.SubscriptionEvent, time: datetime) -> Iterable[RuleResult]:
    """Returns one symptom for each subscription with dates that can't be true (H34)."""
    skipped = event.entitlement.skipped_dates
    if not skipped:
        return
    text = MessageText(
        "A subscription in GHL has a date that can't be true",
        sentence("; ".join(f"{date.field}: {date.problem}" for date in skipped)),
        "Slipway ignores this date. It counts grace and hold from the day on which it saw the "
        "change. Check the subscription in GHL.",
    )
    yield _subscription_symptom(event, time, IncidentCause.IMPOSSIBLE_DATE, text)


@RULES.on(subscriptions.PlanUnmapped)
def _unmapped(event: subscriptions.PlanUnmapped, time: datetime) -> Iterable[RuleResult]:
    yield from _recoveries(
        event,
        IncidentCause.SUBSCRIPTION_NOT_UNDERSTOOD,
        IncidentCause.REFUND,
        IncidentCause.ENTITLEMENT_LAPSED,
    )
    # One price is one incident, however many customers bought it. Each buyer is a symptom (H30).
    entitlement = event.entitlement
    yield Symptom(
        cause=IncidentCause.PLAN_UNMAPPED,
        subject=event.price_id or entitlement.subscription_id,
        affected=entitlement.subscription_id,
        severity=Severity.NOW,
        since=time,
        subscription_id=entitlement.subscription_id,
        contact_id=entitlement.contact_id,
        **_unmapped_text(event).fields(),
    )
    yield from _dates(event, time)


def _unmapped_text(event: subscriptions.PlanUnmapped) -> MessageText:
    product = event.product_name or "A product without a name"
    price = f"price {event.price_id}" if event.price_id else "a price without an id"
    plan = event.entitlement.plan
    if plan is not None and event.entitlement.verdict is subscriptions.Verdict.UNCHANGED:
        return MessageText(
            f"A customer changed to {price}, which has no plan",
            f"plans.yaml does not say which plan this price means. The customer keeps plan {plan}.",
            "No server changes until an engineer adds the price to plans.yaml and restarts ingest.",
        )
    return MessageText(
        f"A customer pays and gets nothing: {price} has no plan",
        f"{product} is sold in GHL, but plans.yaml does not say which plan it means.",
        "No server is created until an engineer adds the price to plans.yaml and restarts ingest. "
        "A price that sells no VPS is listed under not_vps.",
    )


@RULES.on(subscriptions.SubscriptionNotUnderstood)
def _not_understood(
    event: subscriptions.SubscriptionNotUnderstood, time: datetime
) -> Iterable[RuleResult]:
    yield from _recoveries(event)
    text = MessageText(
        "A subscription in GHL can't be understood",
        f"{event.field}: {sentence(event.problem)}",
        "Nothing changes for this customer until it is clear. Look at the subscription in GHL.",
    )
    yield _subscription_symptom(event, time, IncidentCause.SUBSCRIPTION_NOT_UNDERSTOOD, text)
    yield from _dates(event, time)


@RULES.on(subscriptions.EntitlementReferred)
def _referred(event: subscriptions.EntitlementReferred, time: datetime) -> Iterable[RuleResult]:
    yield from _recoveries(
        event,
        IncidentCause.SUBSCRIPTION_NOT_UNDERSTOOD,
        IncidentCause.PLAN_UNMAPPED,
        IncidentCause.ENTITLEMENT_LAPSED,
    )
    text = MessageText(
        "A payment was refunded or charged back: you decide",
        sentence(event.entitlement.reason),
        "The server keeps running until you delete it in the portal.",
    )
    yield _subscription_symptom(event, time, IncidentCause.REFUND, text)
    yield from _dates(event, time)


@RULES.on(subscriptions.EntitlementLapsed)
def _lapsed(event: subscriptions.EntitlementLapsed, time: datetime) -> Iterable[RuleResult]:
    yield from _recoveries(event, *_ABOUT_THE_RECORD)
    text = MessageText(
        "A server runs, and its subscription no longer entitles to it: you decide",
        sentence(event.entitlement.reason),
        "The server keeps running until you delete it in the portal or the customer pays again.",
    )
    yield _subscription_symptom(event, time, IncidentCause.ENTITLEMENT_LAPSED, text)
    yield from _dates(event, time)


@RULES.on(subscriptions.RecordNotShown)
def _record_not_shown(event: subscriptions.RecordNotShown, _: datetime) -> Iterable[RuleResult]:
    # GHL's API lags and fails at times: only what lasts for days is a symptom.
    if not event.lasting:
        return
    text = MessageText(
        "GHL no longer shows a subscription whose server may run",
        f"{sentence(event.problem)} It has not been shown since {event.since:%Y-%m-%d %H:%M} UTC.",
        "Nothing is deleted because of it. Look at the customer in GHL; if the subscription is "
        "gone, delete the server in the portal.",
    )
    yield _subscription_symptom(event, event.since, IncidentCause.RECORD_MISSING, text)


@RULES.on(
    subscriptions.EntitlementGranted,
    subscriptions.EntitlementSuspended,
    subscriptions.EntitlementEnded,
    subscriptions.EntitlementWithheld,
    subscriptions.NotVpsRecognised,
)
def _understood(event: subscriptions.SubscriptionEvent, time: datetime) -> Iterable[RuleResult]:
    yield from _recoveries(event, IncidentCause.ENTITLEMENT_LAPSED, *_ABOUT_THE_RECORD)
    yield from _dates(event, time)


@RULES.on(subscriptions.WriteBackFailed)
def _write_back_failed(
    event: subscriptions.WriteBackFailed, time: datetime
) -> Iterable[RuleResult]:
    text = MessageText(
        "A customer's contact in GHL does not show the VPS",
        sentence(event.problem),
        "The VPS itself is not affected. Check the contact and its custom fields in GHL. Slipway "
        "writes the next change again.",
    )
    yield Symptom(
        cause=IncidentCause.WRITE_BACK_FAILED,
        subject=event.subscription_id,
        affected=event.subscription_id,
        severity=Severity.TODAY,
        since=time,
        subscription_id=event.subscription_id,
        contact_id=event.contact_id,
        **text.fields(),
    )


@RULES.on(subscriptions.WriteBackDone)
def _written(event: subscriptions.WriteBackDone, _: datetime) -> Iterable[RuleResult]:
    yield Recovery(
        IncidentCause.WRITE_BACK_FAILED, event.subscription_id, None, "GHL shows the VPS."
    )
