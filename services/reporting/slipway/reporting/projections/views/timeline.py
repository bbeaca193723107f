"""The history: one document per event, with all ids that the event is about.

Heartbeats and probes are not stored.
"""

from typing import Any

from slipway.contracts import codec, commands, deliveries, heartbeats, incidents, subscriptions
from slipway.contracts.envelope import Message, Recorded
from slipway.contracts.ids import category_of
from slipway.reporting.projections.projection import Projection, View

COLLECTION = "timeline"
BRAKE = "brake"
_ID_FIELDS = ("vps_id", "delivery_id", "incident_id", "dead_letter_id", "account_id", "subject")


def about(message: Message) -> list[str]:
    """Returns the ids under which an operator would search for this event."""
    found = {str(value) for name in _ID_FIELDS if (value := getattr(message, name, None))}
    match message:
        case subscriptions.SubscriptionEvent(entitlement=entitlement):
            found |= {entitlement.subscription_id, entitlement.location_id}
        case subscriptions.WriteBackEvent(subscription_id=subscription_id):
            found.add(subscription_id)
        case deliveries.DeliveryApplied(subscription_ids=subscription_ids):
            found |= set(subscription_ids)
        case deliveries.DeliveryReceived(location_id=location_id):
            found |= {location_id} if location_id else set()
        case _:
            location_id = getattr(message, "location_id", None)
            found |= {location_id} if location_id else set()
    return sorted(found)


def _keys(recorded: Recorded) -> tuple[str, ...]:
    if isinstance(recorded.event, heartbeats.Heartbeat | incidents.ProbeAnswered):
        return ()
    return (recorded.id,)


def _project(view: View, recorded: Recorded) -> View:
    if "at" in view:
        return view
    meta, category = recorded.meta, category_of(recorded.stream)
    entry: dict[str, Any] = {
        "_id": recorded.id,
        "at": recorded.time,
        "stream": recorded.stream,
        "version": recorded.version,
        "type": recorded.event.TYPE,
        "data": codec.dump(recorded.event),
        "about": about(recorded.event) + _more(category, trace_id(meta.traceparent)),
        "correlation": meta.correlation_id,
        "causation": meta.causation_id,
        "trace": meta.traceparent,
        "actor": actor_of(recorded),
    }
    return entry


def trace_id(traceparent: str | None) -> str | None:
    parts = (traceparent or "").split("-")
    return parts[1] if len(parts) == 4 else None


def _more(category: str, trace: str | None) -> list[str]:
    """Returns the ids that no field of the event contains: the safety brake's and the trace's."""
    return [BRAKE] * (category == BRAKE) + ([trace] if trace else [])


def actor_of(recorded: Recorded) -> str:
    if isinstance(recorded.event, commands.Command):
        return recorded.event.actor
    return recorded.meta.actor


PROJECTION = Projection(COLLECTION, (Message,), _keys, _project)
