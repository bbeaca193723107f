"""Raw body to what the delivery says: the one door to the sources, called by the inbox.

Everything is caught here: a body nobody understands is kept and quarantined, never an exception.
"""

from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from datetime import datetime

from slipway.contracts.deliveries import DeliveryChannel, Hint, IgnoreRule
from slipway.ingest.deliveries.parsing import contacts, invoices, orders, workflow
from slipway.ingest.deliveries.parsing.result import Ignore, Look, Outcome, Quarantine
from slipway.ingest.ghl.payload import Payload, first, flat, items, moment, parse, text

PUSH_ONLY = frozenset(
    {
        "INSTALL",
        "UNINSTALL",
        "UPDATE",
        "PLAN_CHANGE",
        "APP_PAYMENT_STATUS",
        "LocationCreate",
        "LocationUpdate",
        "SaasPlanCreate",
    }
)
"""Paid app and SaaS mode: nothing to read back. Kept and replayable until the path is enabled."""


MOST_HINTS = 200
"""An event with more would come near what a store takes; no real delivery names so many."""


@dataclass(frozen=True)
class Reading:
    """What one raw body says; exactly one of hints, ignore_rule and quarantine_reason is set."""

    event_type: str | None = None
    location_id: str | None = None
    webhook_id: str | None = None
    sent_at: datetime | None = None
    hints: tuple[Hint, ...] = ()
    ignore_rule: IgnoreRule | None = None
    quarantine_reason: str | None = None


def read(channel: DeliveryChannel, body: bytes, locations: AbstractSet[str]) -> Reading:
    """`locations` is the allow-list: a valid signature proves GHL, not one of our accounts."""
    try:
        parsed = parse(body)
    except UnicodeDecodeError:
        return Reading(quarantine_reason="the body is not UTF-8")
    except (ValueError, RecursionError) as error:
        return Reading(quarantine_reason=f"the body is not JSON: {type(error).__name__}")
    payloads = [flat(entry) for entry in items(parsed)]
    if not payloads:
        return Reading(quarantine_reason="the body holds no JSON object")
    readings = [_read_one(channel, payload, locations) for payload in payloads]
    return _bounded(readings[0] if len(readings) == 1 else _joined(readings))


def _read_one(channel: DeliveryChannel, payload: Payload, locations: AbstractSet[str]) -> Reading:
    signed = channel is DeliveryChannel.SIGNED
    location = _location(payload) if signed else workflow.location_in(payload)
    named = Reading(
        event_type=text(payload.get("type")) if signed else None,
        location_id=location,
        webhook_id=text(payload.get("webhookId")) if signed else None,
        sent_at=moment(payload.get("timestamp")) if signed else None,
    )
    outcome = _signed(payload, location) if signed else _workflow(payload, location)
    if location is not None and location not in locations:
        outcome = Ignore(IgnoreRule.UNKNOWN_LOCATION)
    return _with(named, outcome)


def _location(payload: Payload) -> str | None:
    if text(payload.get("type")) in {"LocationCreate", "LocationUpdate"}:
        return first(payload, "id", "locationId")
    return first(payload, "locationId", "altId")


def _workflow(payload: Payload, location: str | None) -> Outcome:
    if location is None:
        return Quarantine(
            "the workflow call names no location (location.id); map location_id in its custom data"
        )
    return workflow.read(payload, location)


def _signed(payload: Payload, location: str | None) -> Outcome:
    kind = text(payload.get("type")) or ""
    if kind in PUSH_ONLY:
        return Ignore(IgnoreRule.PATH_NOT_ENABLED)
    is_order = kind in {"OrderCreate", "OrderStatusUpdate"}
    is_invoice = kind.startswith("Invoice") or (not kind and invoices.looks_like_one(payload))
    if not (is_order or is_invoice or kind == "ContactTagUpdate"):
        return Ignore(IgnoreRule.EVENT_NOT_USED)
    if location is None:
        return Quarantine("the event names no location (locationId or altId)")
    if is_order:
        return orders.read(payload, location)
    if is_invoice:
        return invoices.read(payload, location)
    return contacts.read_tags(payload, location)


def _with(named: Reading, outcome: Outcome) -> Reading:
    match outcome:
        case Look(hints):
            return replace(named, hints=hints)
        case Ignore(rule):
            return replace(named, ignore_rule=rule)
        case Quarantine(reason):
            return replace(named, quarantine_reason=reason)


def _bounded(reading: Reading) -> Reading:
    if len(reading.hints) <= MOST_HINTS:
        return reading
    reason = f"one body names {len(reading.hints)} things to look at, more than {MOST_HINTS}"
    return replace(reading, hints=(), ignore_rule=None, quarantine_reason=reason)


def _joined(readings: list[Reading]) -> Reading:
    """An array of events is one delivery: all hints count, and one id can't stand for all."""
    hints = tuple(dict.fromkeys(hint for reading in readings for hint in reading.hints))
    whole = replace(readings[0], webhook_id=None, hints=hints)
    if hints:
        return replace(whole, ignore_rule=None, quarantine_reason=None)
    troubled = next((entry for entry in readings if entry.quarantine_reason), None)
    if troubled is None:
        return whole
    return replace(whole, ignore_rule=None, quarantine_reason=troubled.quarantine_reason)
