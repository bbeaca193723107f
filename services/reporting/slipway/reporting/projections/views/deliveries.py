"""The webhook deliveries with their results, and the changes that only polling found.

A delivery counts at the time when GHL sent it. So an outage of Slipway does not move it to another
hour (H23).
"""

from datetime import timedelta
from enum import StrEnum

from slipway.contracts import deliveries
from slipway.contracts.deliveries import DeliveryChannel
from slipway.contracts.envelope import Recorded
from slipway.reporting.projections.projection import (
    Measures,
    Projection,
    View,
    is_newer,
    mark_seen,
    minute_of,
    ms_between,
)

COLLECTION = "deliveries"
UNDECIDED_AFTER = timedelta(minutes=5)
_LATE_MS = UNDECIDED_AFTER // timedelta(milliseconds=1)


class DeliveryState(StrEnum):
    RECEIVED = "received"
    APPLIED = "applied"
    IGNORED = "ignored"
    QUARANTINED = "quarantined"


_PROCESSED = {DeliveryState.APPLIED, DeliveryState.IGNORED}


def _keys(recorded: Recorded) -> tuple[str, ...]:
    event = recorded.event
    return (event.delivery_id,) if isinstance(event, deliveries.DeliveryEvent) else ()


def _project(view: View, recorded: Recorded) -> View:
    event = recorded.event
    if not isinstance(event, deliveries.DeliveryEvent) or not is_newer(view, recorded):
        return view
    return {
        "state": DeliveryState.RECEIVED,
        "at": recorded.time,
        **view,
        **_changes(event),
        "channel": event.channel.value,
        "last_at": recorded.time,
        "version": recorded.version,
        "seen": mark_seen(view, recorded),
        "correlation": recorded.meta.correlation_id,
    }


def _changes(event: deliveries.DeliveryEvent) -> View:
    match event:
        case deliveries.DeliveryReceived():
            return {
                "at": event.sent_at or event.received_at,
                "received_at": event.received_at,
                "event_type": event.event_type,
                "location_id": event.location_id,
                "size_bytes": event.size_bytes,
            }
        case deliveries.DeliveryApplied(changed=changed, subscription_ids=ids):
            return {
                "state": DeliveryState.APPLIED,
                "reason": None,
                "changed": changed,
                "subscription_ids": list(ids),
            }
        case deliveries.DeliveryIgnored(rule=rule):
            return {"state": DeliveryState.IGNORED, "reason": rule}
        case deliveries.DeliveryQuarantined(reason=reason):
            return {"state": DeliveryState.QUARANTINED, "reason": reason}
        case deliveries.DeliveryReplayed() | deliveries.DeliveryDelayed():
            # A delayed one is read again: it is not processed yet.
            return {"state": DeliveryState.RECEIVED, "reason": getattr(event, "reason", None)}
        case _:
            return {}


def _measures(view: View) -> Measures:
    if "at" not in view:
        return {}
    minute, state = minute_of(view["at"]), view["state"]
    if view["channel"] == DeliveryChannel.POLL.value:
        missed = state == DeliveryState.APPLIED and view.get("changed", False)
        return {(minute, "deliveries.missed"): 1} if missed else {}
    counts = {(minute, "deliveries.authentic"): 1, (minute, f"deliveries.{state}"): 1}
    if state in _PROCESSED:
        counts[minute, "deliveries.processed"] = 1
        counts[minute, "deliveries.late"] = int(ms_between(view["at"], view["last_at"]) > _LATE_MS)
    return counts


PROJECTION = Projection(COLLECTION, (deliveries.DeliveryEvent,), _keys, _project, _measures)
