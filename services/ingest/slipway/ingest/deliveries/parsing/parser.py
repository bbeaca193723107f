"""Parses a raw body to hints, an ignore rule or a quarantine reason.

The inbox calls it through `envelope`, and a replay calls it again. It raises no exception for any
body: a body that can't be read is kept and quarantined.
"""

from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from datetime import datetime

from slipway.contracts.deliveries import DeliveryChannel, Hint, IgnoreRule
from slipway.ingest.deliveries.parsing.result import (
    Lookup,
    NothingToDo,
    ParsingResult,
    Unreadable,
)
from slipway.ingest.deliveries.parsing.signed_events import location_of_event, parse_signed_event
from slipway.ingest.deliveries.parsing.workflow import location_of_call, parse_workflow_call
from slipway.ingest.ghl.payload import Payload, flat, items, moment, parse_json, text

MAX_HINTS = 200
"""The limit is far above real deliveries and below the store's document limit."""


@dataclass(frozen=True)
class ParsedWebhook:
    """The result of parsing one raw body.

    Exactly one of hints, ignore_rule and quarantine_reason is set.
    """

    event_type: str | None = None
    location_id: str | None = None
    webhook_id: str | None = None
    sent_at: datetime | None = None
    hints: tuple[Hint, ...] = ()
    ignore_rule: IgnoreRule | None = None
    quarantine_reason: str | None = None


def parse_webhook(
    channel: DeliveryChannel, body: bytes, locations: AbstractSet[str]
) -> ParsedWebhook:
    """Returns the parsed body. A body about a location that is not in `locations` is ignored.

    This check is needed, because a signature proves only that GHL sent the body.
    """
    try:
        content = parse_json(body)
    except UnicodeDecodeError:
        return ParsedWebhook(quarantine_reason="the body is not UTF-8")
    except (ValueError, RecursionError) as error:
        return ParsedWebhook(quarantine_reason=f"the body is not JSON: {type(error).__name__}")
    events = [_parse_event(channel, flat(entry), locations) for entry in items(content)]
    if not events:
        return ParsedWebhook(quarantine_reason="the body holds no JSON object")
    return _limit_hints(events[0] if len(events) == 1 else _merge(events))


def _parse_event(
    channel: DeliveryChannel, payload: Payload, locations: AbstractSet[str]
) -> ParsedWebhook:
    if channel is DeliveryChannel.SIGNED:
        location = location_of_event(payload)
        result = parse_signed_event(payload, location)
        parsed = ParsedWebhook(
            event_type=text(payload.get("type")),
            location_id=location,
            webhook_id=text(payload.get("webhookId")),
            sent_at=moment(payload.get("timestamp")),
        )
    else:
        location = location_of_call(payload)
        result = parse_workflow_call(payload, location)
        parsed = ParsedWebhook(location_id=location)
    if location is not None and location not in locations:
        result = NothingToDo(IgnoreRule.UNKNOWN_LOCATION)
    return _with_result(parsed, result)


def _with_result(parsed: ParsedWebhook, result: ParsingResult) -> ParsedWebhook:
    match result:
        case Lookup(hints):
            return replace(parsed, hints=hints)
        case NothingToDo(rule):
            return replace(parsed, ignore_rule=rule)
        case Unreadable(reason):
            return replace(parsed, quarantine_reason=reason)


def _limit_hints(parsed: ParsedWebhook) -> ParsedWebhook:
    if len(parsed.hints) <= MAX_HINTS:
        return parsed
    reason = f"one body names {len(parsed.hints)} records to look up, more than {MAX_HINTS}"
    return replace(parsed, hints=(), ignore_rule=None, quarantine_reason=reason)


def _merge(events: Sequence[ParsedWebhook]) -> ParsedWebhook:
    """Returns the events of one array as one delivery, with all hints and without an id.

    The delivery has no id, because the id of an event identifies only that event.
    """
    hints = tuple(dict.fromkeys(hint for event in events for hint in event.hints))
    merged = replace(events[0], webhook_id=None, hints=hints)
    if hints:
        return replace(merged, ignore_rule=None, quarantine_reason=None)
    unreadable = next((event for event in events if event.quarantine_reason), None)
    if unreadable is None:
        return merged
    return replace(merged, ignore_rule=None, quarantine_reason=unreadable.quarantine_reason)
