"""The processes with their last heartbeat, and the counters that heartbeats contain.

A counter is a total since the start of the process. Its increase is added to the hour of the
heartbeat.
"""

from datetime import datetime

from slipway.contracts.envelope import Recorded
from slipway.contracts.heartbeats import Heartbeat
from slipway.reporting.projections.projection import Measures, Projection, View

COLLECTION = "instances"


def _keys(recorded: Recorded) -> tuple[str, ...]:
    event = recorded.event
    return (f"{event.service}/{event.instance}",) if isinstance(event, Heartbeat) else ()


def _project(view: View, recorded: Recorded) -> View:
    beat = recorded.event
    if not isinstance(beat, Heartbeat) or ("at" in view and view["at"] >= beat.at):
        return view
    hour = beat.at.replace(minute=0, second=0, microsecond=0).isoformat()
    # The count of the current hour is the total minus the counts of all earlier hours.
    by_hour: dict[str, dict[str, int]] = view.get("by_hour", {})
    others = [counts for at, counts in by_hour.items() if at != hour]
    added = {
        name: total - sum(counts.get(name, 0) for counts in others)
        for name, total in beat.counters.items()
    }
    return {
        **view,
        "service": beat.service,
        "at": beat.at,
        "started_at": beat.started_at,
        "lag": beat.lag,
        "oldest_unpublished_seconds": beat.oldest_unpublished_seconds,
        "oldest_due_seconds": beat.oldest_due_seconds,
        "by_hour": {**by_hour, hour: added},
    }


def _measures(view: View) -> Measures:
    return {
        (datetime.fromisoformat(at), f"edge.{name.replace('.', '_')}"): number
        for at, counts in view.get("by_hour", {}).items()
        for name, number in counts.items()
    }


PROJECTION = Projection(COLLECTION, (Heartbeat,), _keys, _project, _measures)
